using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Trains word vectors on a text column (Mikolov et al. 2013a, 2013b; n-grams after Bojanowski et al. 2017) and makes each text's vector of them.
/// Needs no labels, so the text may be far more than what is labelled. Managed code with vector instructions; the corpus may be larger than memory.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the vector size (three times that for <see cref="WordVectorPooling.MinMeanMax"/>, variable for <see cref="WordVectorPooling.Tokens"/>)</description></item>
/// </list>
/// </remarks>
public sealed class Word2VecEstimator : IEstimator<WordVectorTransformer>
{
    private const string Owner = "Word2Vec";

    private readonly IHost _host;
    private readonly WordVectorOptions _columns;
    private readonly Word2VecOptions _options;
    private readonly int _seed;

    internal Word2VecEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Word2VecOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(Word2VecEstimator));
        options.Validate(Owner);
        _columns = new WordVectorOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Pooling = options.Pooling, SmoothingWeight = options.SmoothingWeight, Splitting = options.Splitting };
        _columns.Validate(Owner);
        (_options, _seed) = (options, options.Seed ?? _host.Rand.Next());
    }

    /// <summary>Counts the words, trains, and learns what the pooling needs.</summary>
    /// <param name="input">Rows of text; read once, twice where <see cref="WordVectorPooling.TfIdf"/> weighs words, three times for <see cref="WordVectorPooling.SmoothInverseFrequency"/>.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, no words, or none often enough.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="MLNet.Pretrain.Training.TrainingDivergedException">The learning rate is too high for these data.</exception>
    public WordVectorTransformer Fit(IDataView input)
    {
        DataViewSchema.Column column = WordInput.Bind(Owner, input.Schema, _columns.InputColumnName).Column;
        using IChannel channel = _host.Start(Owner);
        using Corpus corpus = Corpus.Read(input, column, new CorpusRequest(
            Owner, _options.Splitting, _options.Phrases, _options.MinCount, _options.MaxVocabularySize, _options.MaxCountedWords, KeepGaps: false), CheckCancellation);
        channel.Info(MessageSensitivity.None, "{0}", $"{corpus.Words} words in {corpus.Rows} rows; {corpus.Vocabulary.Count} different ones kept, which make {corpus.Vocabulary.TotalCount}.");
        var trainer = new Word2VecTrainer(_options, corpus.Vocabulary, corpus.File, _seed, CheckCancellation);
        WordVectors vectors;
        using (Word2VecWeights weights = trainer.Train())
        {
            vectors = trainer.Finish(weights);
        }
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained at {trainer.WordsPerSecond:F0} words/s."));
        WordPooler pooler = PoolingStatistics.Learn(Owner, input, column, corpus.Splitter, vectors, _columns, CheckCancellation);
        return new WordVectorTransformer(_columns, corpus.Splitter, pooler);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => WordColumnShapes.Output(Owner, inputSchema, _columns);

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
