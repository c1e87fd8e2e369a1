using Microsoft.ML;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Makes a network over the words of the training texts, of transfer data and of the given vectors.</summary>
internal abstract class WordNetworkBuilder<TOptions> : ITextPredictorBuilder<TextClassificationTask> where TOptions : WordNetworkOptions
{
    private readonly WordSequenceEncoder _encoder;
    private readonly WordVectors? _vectors;

    /// <param name="texts">Views with the text column, read one after the other.</param>
    /// <param name="options">Checked ones.</param>
    /// <param name="widestFilter">See <see cref="WordSequenceEncoder"/>.</param>
    /// <param name="checkCancellation">Throws where reading is to end.</param>
    protected WordNetworkBuilder(IEnumerable<IDataView> texts, TOptions options, int widestFilter, Action checkCancellation)
    {
        TorchRuntime.EnsureLoaded();
        (Options, _vectors) = (options, options.Vectors?.Open());
        WordSplitter splitter = options.Vectors?.Splitter ?? new WordSplitter(options.Splitting);
        _encoder = new WordSequenceEncoder(splitter, Words(texts, splitter, checkCancellation), widestFilter);
    }

    public string Description => _vectors is null ? $"a {Name} with random vectors" : $"a {Name} on {Options.Vectors!.Description}";

    public ISequenceEncoder Encoder => _encoder;

    public int MaxLength => Options.MaxLength == 0 ? int.MaxValue / 2 : Options.MaxLength;

    protected TOptions Options { get; }

    /// <summary>The kind of network.</summary>
    protected abstract string Name { get; }

    protected int VocabularySize => _encoder.VocabSize;

    protected int EmbeddingSize => _vectors?.VectorSize ?? Options.EmbeddingSize;

    public BuiltPredictor<TextClassificationTask> Build(IReadOnlyList<string> labels, LearningRows rows, int seed)
    {
        (WordNetwork network, WordPredictor predictor, TextClassificationTask task) = Make(_encoder, labels, seed);
        if (_vectors is not null) SetEmbeddings(network, _vectors, seed);
        else ClearUnknown(network);
        return new(predictor, task);
    }

    public void Dispose() { }

    /// <summary>The network with random weights, what owns it, and how it learns.</summary>
    protected abstract (WordNetwork Network, WordPredictor Predictor, TextClassificationTask Task) Make(WordSequenceEncoder encoder, IReadOnlyList<string> labels, int seed);

    private WordTable Words(IEnumerable<IDataView> texts, WordSplitter splitter, Action checkCancellation)
    {
        var words = new WordTable();
        var counter = new WordCounter(null, WordCounter.DefaultLimit);
        var reader = new CorpusReader(splitter, checkCancellation);
        foreach (IDataView view in texts) reader.Read(view, view.Schema[Options.TextColumnName], counter.Add);
        Vocabulary vocabulary = counter.Finish(Options.MinCount, Options.MaxVocabularySize, keepGaps: false);
        for (int id = 0; id < vocabulary.Count; id++) words.FindOrAdd(vocabulary.Words[id]);
        // A word that only the given vectors know is better than an unknown one: it may come when scoring.
        for (int row = 0; _vectors is not null && row < _vectors.Count && words.Count < Options.MaxVocabularySize; row++) words.FindOrAdd(_vectors.Vocabulary.Words[row]);
        return words;
    }

    // Where all words of the texts are known, the unknown word's vector never learns: better nothing than noise.
    private static void ClearUnknown(WordNetwork network)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        network.Embeddings[WordSequenceEncoder.UnknownId].zero_();
    }

    // Words without a vector get random ones of the same spread, as Kim does.
    private void SetEmbeddings(WordNetwork network, WordVectors vectors, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        int size = vectors.VectorSize;
        Tensor table = zeros(_encoder.VocabSize, size);
        Span<float> values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(table.bytes);
        float spread = (float)Math.Sqrt(3 * (double)System.Numerics.Tensors.TensorPrimitives.SumOfSquares(vectors.Values) / vectors.Values.Length);
        var random = new FastRandom(SeedMixer.Mix(seed, SeedMixer.Order));
        for (int id = 0; id < _encoder.Words.Count; id++)
        {
            Span<float> row = values.Slice((id + WordSequenceEncoder.FirstWordId) * size, size);
            if (vectors.TryGetVector(_encoder.Words[id], row)) continue;
            foreach (ref float value in row) value = (2 * random.NextSingle() - 1) * spread;
        }
        network.SetEmbeddings(table, learns: Options.Embeddings != WordEmbeddings.Static);
    }
}
