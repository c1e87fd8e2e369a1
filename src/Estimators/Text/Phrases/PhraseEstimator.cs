using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Learns which neighbouring words are phrases (Mikolov et al. 2013b; word2phrase.c) and joins them: a step before any bag of words or embedding.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description>Vector of text of variable length: the words, phrases joined by underscores</description></item>
/// </list>
/// </remarks>
public sealed class PhraseEstimator : IEstimator<PhraseTransformer>
{
    private readonly IHost _host;
    private readonly string _outputColumnName, _inputColumnName;
    private readonly PhraseOptions _options;
    private readonly WordSplitting _splitting;

    internal PhraseEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, PhraseOptions options, WordSplitting splitting)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        options.Validate(PhraseTransformer.Owner);
        WordSplitting.Validate(splitting, PhraseTransformer.Owner);
        _host = env.Register(nameof(PhraseEstimator));
        (_outputColumnName, _inputColumnName, _options, _splitting) = (outputColumnName, inputColumnName, options, splitting);
    }

    /// <summary>Counts words and pairs; beyond 20,000,000 different words the rarest are forgotten, which bounds memory.</summary>
    /// <param name="input">Rows of text; read once.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">There are no rows or no words.</exception>
    public PhraseTransformer Fit(IDataView input)
    {
        DataViewSchema.Column column = WordInput.Bind(PhraseTransformer.Owner, input.Schema, _inputColumnName).Column;
        using IChannel channel = _host.Start(PhraseTransformer.Owner);
        using Corpus corpus = Corpus.Read(input, column, new CorpusRequest(PhraseTransformer.Owner, _splitting, _options, 1, null, WordCounter.DefaultLimit, KeepGaps: true), () => HostCancellation.ThrowIfCancelled(_host));
        var transformer = new PhraseTransformer(_outputColumnName, _inputColumnName, corpus.Splitter);
        channel.Info(MessageSensitivity.None, "{0}", $"{transformer.Phrases.Count} phrases in {corpus.Words} words of {corpus.Rows} rows.");
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        WordColumnShapes.Check(PhraseTransformer.Owner, inputSchema, _inputColumnName);
        return inputSchema.With(SchemaShapes.VariableVector(_outputColumnName, TextDataViewType.Instance));
    }
}
