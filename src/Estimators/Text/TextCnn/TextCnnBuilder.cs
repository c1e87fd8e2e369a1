using Microsoft.ML;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Makes a <see cref="TextCnn"/> over the words of the training texts and of the given vectors.</summary>
internal sealed class TextCnnBuilder : ITextPredictorBuilder<TextClassificationTask>
{
    private readonly TextCnnOptions _options;
    private readonly WordSequenceEncoder _encoder;
    private readonly WordVectors? _vectors;

    public TextCnnBuilder(IDataView data, TextCnnOptions options, Action checkCancellation)
    {
        TorchRuntime.EnsureLoaded();
        (_options, _vectors) = (options, options.Vectors?.Open());
        WordSplitter splitter = options.Vectors?.Splitter ?? new WordSplitter(options.Splitting);
        _encoder = new WordSequenceEncoder(splitter, Words(data, splitter, checkCancellation), options.FilterWidths.Max());
    }

    public string Description => _vectors is null ? "a TextCnn with random vectors" : $"a TextCnn on {_options.Vectors!.Description}";

    public ISequenceEncoder Encoder => _encoder;

    public int MaxLength => _options.MaxLength == 0 ? int.MaxValue / 2 : _options.MaxLength;

    public BuiltPredictor<TextClassificationTask> Build(IReadOnlyList<string> labels, LearningRows rows, int seed)
    {
        var network = new TextCnn(new TextCnnConfig
        {
            VocabularySize = _encoder.VocabSize,
            EmbeddingSize = _vectors?.VectorSize ?? _options.EmbeddingSize,
            FilterWidths = [.. _options.FilterWidths],
            FeatureMaps = _options.FeatureMaps,
            ClassCount = labels.Count,
            Dropout = _options.Dropout,
            TwoChannels = _options.Embeddings == TextCnnEmbeddings.TwoChannels,
            PadTokenId = WordSequenceEncoder.PadId,
        }, seed);
        if (_vectors is not null) SetEmbeddings(network, _vectors, seed);
        else ClearUnknown(network);
        Action? afterStep = _options.MaxNorm > 0 ? () => network.LimitNorm(_options.MaxNorm) : null;
        return new(new TextCnnPredictor(network, _encoder, labels), new TextClassificationTask(network, 1, LayerOf, _options, afterStep));
    }

    public void Dispose() { }

    private static int LayerOf(string parameterName) =>
        parameterName.Contains("embedding", StringComparison.Ordinal) ? 0 : parameterName.StartsWith("convs", StringComparison.Ordinal) ? 1 : 2;

    private WordTable Words(IDataView data, WordSplitter splitter, Action checkCancellation)
    {
        var words = new WordTable();
        var counter = new WordCounter(null, WordCounter.DefaultLimit);
        new CorpusReader(splitter, checkCancellation).Read(data, data.Schema[_options.TextColumnName], counter.Add);
        Vocabulary vocabulary = counter.Finish(_options.MinCount, _options.MaxVocabularySize, keepGaps: false);
        for (int id = 0; id < vocabulary.Count; id++) words.FindOrAdd(vocabulary.Words[id]);
        // A word that only the given vectors know is better than an unknown one: it may come when scoring.
        for (int row = 0; _vectors is not null && row < _vectors.Count && words.Count < _options.MaxVocabularySize; row++) words.FindOrAdd(_vectors.Vocabulary.Words[row]);
        return words;
    }

    // Where all training words are known, the unknown word's vector never learns: better nothing than noise.
    private static void ClearUnknown(TextCnn network)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        network.Embeddings[WordSequenceEncoder.UnknownId].zero_();
    }

    // Words without a vector get random ones of the same spread, as Kim does.
    private void SetEmbeddings(TextCnn network, WordVectors vectors, int seed)
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
        network.SetEmbeddings(table, learns: _options.Embeddings != TextCnnEmbeddings.Static);
    }
}
