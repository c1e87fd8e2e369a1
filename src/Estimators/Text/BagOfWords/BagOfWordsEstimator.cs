using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Makes sparse vectors of a text's words and n-grams: what stock <c>FeaturizeText</c> or <c>ProduceWordBags</c> do, with scikit-learn's TF-IDF, several
/// times faster. For linear trainers.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description>Sparse <c>Vector&lt;Single&gt;</c>, one component an n-gram, which its slot name spells</description></item>
/// </list>
/// </remarks>
public sealed class BagOfWordsEstimator : IEstimator<BagOfWordsTransformer>
{
    private readonly IHost _host;
    private readonly string _outputColumnName, _inputColumnName;
    private readonly BagOfWordsOptions _options;

    internal BagOfWordsEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, BagOfWordsOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(BagOfWordsTransformer.Owner);
        _host = env.Register(nameof(BagOfWordsEstimator));
        (_outputColumnName, _inputColumnName, _options) = (outputColumnName, inputColumnName, options);
    }

    /// <summary>Learns the n-grams and in how many texts they are. Memory grows with the different n-grams.</summary>
    /// <param name="input">Rows of text; read once.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or no n-gram is in enough texts.</exception>
    public BagOfWordsTransformer Fit(IDataView input)
    {
        DataViewSchema.Column column = WordInput.Bind(BagOfWordsTransformer.Owner, input.Schema, _inputColumnName).Column;
        using IChannel channel = _host.Start(BagOfWordsTransformer.Owner);
        var learner = new NgramLearner(_options.NgramLength);
        new CorpusReader(new WordSplitter(_options.Splitting), () => HostCancellation.ThrowIfCancelled(_host)).Read(input, column, learner.Add);
        if (learner.Texts == 0) throw new InvalidOperationException($"BagOfWords: there are no training rows; expected at least one text in column '{_inputColumnName}'.");
        (NgramTable table, int[] texts) = learner.Finish(_options.MinTextCount, _options.MaxFeatures ?? int.MaxValue);
        if (table.Count == 0) throw new InvalidOperationException($"BagOfWords: none of the {learner.Texts} texts of column '{_inputColumnName}' has a word that is in {_options.MinTextCount} of them; lower MinTextCount, or check the column.");
        channel.Info(MessageSensitivity.None, "{0}", $"{table.Count} n-grams of up to {_options.NgramLength} words in {learner.Texts} texts.");
        float[]? weights = _options.Weighting == NgramWeighting.TfIdf ? [.. texts.Select(count => (float)(Math.Log((1.0 + learner.Texts) / (1 + count)) + 1))] : null;
        return new BagOfWordsTransformer(_outputColumnName, _inputColumnName, _options, table, weights);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        WordColumnShapes.Check(BagOfWordsTransformer.Owner, inputSchema, _inputColumnName);
        return inputSchema.With(SchemaShapes.Vector(_outputColumnName, NumberDataViewType.Single, [SchemaShapes.Vector("SlotNames", TextDataViewType.Instance)]));
    }
}
