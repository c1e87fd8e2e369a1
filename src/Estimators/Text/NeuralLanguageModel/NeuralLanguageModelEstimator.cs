using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Trains a neural probabilistic language model on a text column (Bengio et al. 2003) and makes each text's vector of its words' vectors.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c>, as of <c>Word2Vec</c></description></item>
/// </list>
/// </remarks>
public sealed class NeuralLanguageModelEstimator : IEstimator<NeuralLanguageModelTransformer>
{
    private const string Owner = "NeuralLanguageModel";

    private readonly IHost _host;
    private readonly WordVectorOptions _columns;
    private readonly NeuralLanguageModelOptions _options;
    private readonly int _seed;

    internal NeuralLanguageModelEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, NeuralLanguageModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(NeuralLanguageModelEstimator));
        options.Validate(Owner);
        _columns = new WordVectorOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Pooling = options.Pooling, SmoothingWeight = options.SmoothingWeight, Splitting = options.Splitting };
        _columns.Validate(Owner);
        _options = (NeuralLanguageModelOptions)options.Clone();
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Counts the words, trains, and learns what the pooling needs. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">Rows of text; read once, twice where <see cref="WordVectorPooling.TfIdf"/> weighs words, three times for <see cref="WordVectorPooling.SmoothInverseFrequency"/>.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, no words, or none often enough.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public NeuralLanguageModelTransformer Fit(IDataView input)
    {
        DataViewSchema.Column column = WordInput.Bind(Owner, input.Schema, _columns.InputColumnName).Column;
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        using Corpus corpus = Corpus.Read(input, column, new CorpusRequest(
            Owner, _options.Splitting, null, _options.MinCount, _options.MaxVocabularySize, WordCounter.DefaultLimit, KeepGaps: true), CheckCancellation);
        var words = new LanguageModelWords(corpus.Vocabulary.Words);
        using TokenStore rows = LanguageModelRows.Write(corpus, words.Count, _options.ContextSize, _options.MaxSentenceLength, out long[] counts);
        var network = new FeedForwardLanguageModel(_options.Network(words.Count), _seed);
        try
        {
            double total = counts.Sum();
            network.SetBias([.. counts.Select(count => (float)Math.Log((count + 1.0) / (total + counts.Length)))]);
            using var task = new LanguageModelTask(network, counts, _options.SampledOf(words.Count));
            TrainingResult result = TrainingLoop.Run(task, rows.All, null, _options, TrainingContext.Of(Owner, _host, channel, _seed));
            channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained {result.Steps} steps over {words.Count} words in {result.Elapsed.TotalSeconds:F1} s."));
            WordVectors vectors = Vectors(network, corpus.Vocabulary);
            WordPooler pooler = PoolingStatistics.Learn(Owner, input, column, corpus.Splitter, vectors, _columns, CheckCancellation);
            return new NeuralLanguageModelTransformer(new WordVectorTransformer(_columns, corpus.Splitter, pooler), network, words);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => WordColumnShapes.Output(Owner, inputSchema, _columns);

    private static WordVectors Vectors(FeedForwardLanguageModel network, Vocabulary vocabulary)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var table = network.Embeddings.detach().narrow(0, LanguageModelWords.FirstWord, vocabulary.Count).contiguous();
        return new WordVectors(vocabulary, table.data<float>().ToArray(), network.Config.EmbeddingSize);
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
