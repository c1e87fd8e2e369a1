using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// A neural language model (Bengio et al. 2003): texts' vectors from its words' vectors, the words that may come next, perplexity. Owns native memory:
/// dispose it when done. The vectors work on after that.
/// </summary>
public sealed class NeuralLanguageModelTransformer : ITransformer, IPersistentTransformer, IDisposable
{
    internal const string LoaderSignature = "PretrainNeuralLM";
    private const int ContextsAtOnce = 512;

    private readonly WordVectorTransformer _vectors;
    private readonly FeedForwardLanguageModel _network;
    private readonly LanguageModelWords _words;
    private readonly TextNetworkRunner _runner;

    internal NeuralLanguageModelTransformer(WordVectorTransformer vectors, FeedForwardLanguageModel network, LanguageModelWords words)
    {
        (_vectors, _network, _words) = (vectors, network, words);
        _runner = new TextNetworkRunner(network, "cpu", ScoringPrecision.Float32, 1);
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public WordVectorOptions Options => _vectors.Options;

    /// <summary>The words' vectors: neighbours, analogies, evaluation, files.</summary>
    public WordVectors Vectors => _vectors.Vectors;

    bool ITransformer.IsRowToRowMapper => true;

    internal long WindowsComputed => _vectors.WindowsComputed;

    internal WordSplitter Splitter => _vectors.Splitter;

    /// <summary>The words most likely to follow a text.</summary>
    /// <param name="text">Any text, divided by <see cref="WordVectorOptions.Splitting"/>, also where <c>Fit</c> read a column of tokens; the last words of it count, as many as the model's context has. Empty: the first word of a text.</param>
    /// <param name="count">The most words wanted.</param>
    public IReadOnlyList<WordProbability> NextWords(string text, int count = 10)
    {
        if (count < 1) throw new ArgumentException($"count is {count}; expected 1 or more.", nameof(count));
        List<int> ids = Ids(text);
        WordProbability[] result = [];
        _runner.Run(_ =>
        {
            Tensor context = tensor(ids.TakeLast(_network.Config.ContextSize).Select(id => (long)id).ToArray()).unsqueeze(0);
            Tensor logits = Logits(context)[0];
            (Tensor values, Tensor indices) = logits.softmax(0).topk((int)Math.Min(count, _words.Count - 1));
            result = [.. indices.data<long>().Zip(values.data<float>(), (id, p) => new WordProbability(_words.NameOf((int)id), p))];
        });
        return result;
    }

    /// <summary>How well the model foresees texts, each word and each end after the words before it in the same text.</summary>
    /// <param name="texts">The texts, divided by <see cref="WordVectorOptions.Splitting"/>, also where <c>Fit</c> read a column of tokens.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public PerplexityResult Perplexity(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        double sum = 0;
        (long words, long unknown) = (0, 0);
        int size = _network.Config.ContextSize;
        List<long> contexts = [], targets = [];
        foreach (string text in texts)
        {
            List<int> ids = Ids(text);
            ids.Add(LanguageModelWords.End);
            for (int at = size; at < ids.Count; at++)
            {
                for (int i = at - size; i < at; i++) contexts.Add(ids[i]);
                targets.Add(ids[at]);
                if (ids[at] == LanguageModelWords.Unknown) unknown++;
                if (targets.Count == ContextsAtOnce) Measure();
            }
        }
        Measure();
        if (words == 0) throw new ArgumentException("There are no texts; expected at least one.", nameof(texts));
        return new PerplexityResult(Math.Exp(sum / words), words, unknown);

        void Measure()
        {
            if (targets.Count == 0) return;
            _runner.Run(_ =>
            {
                Tensor logits = Logits(tensor(contexts.ToArray()).view(targets.Count, size));
                sum += nn.functional.cross_entropy(logits, tensor(targets.ToArray()), reduction: nn.Reduction.Sum).to(float64).item<double>();
            });
            words += targets.Count;
            contexts.Clear();
            targets.Clear();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _vectors.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => _vectors.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_vectors).GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        ((IPersistentTransformer)_vectors).SaveTo(directory, settings);
        _runner.WhileIdle(() => ModuleWeights.Save(Path.Combine(directory, ModuleWeights.FileName), _network, WeightType.Float32));
        LanguageModelSettings.Write(_network.Config, settings);
    }

    internal static NeuralLanguageModelTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        var vectors = WordVectorTransformer.LoadFrom(directory, settings);
        NeuralLanguageModelConfig config = LanguageModelSettings.Read(settings);
        var words = new LanguageModelWords(vectors.Vectors.Vocabulary.Words);
        if (words.Count != config.VocabularySize) throw new InvalidDataException($"The saved model has {words.Count} words, special ones included, but a network for {config.VocabularySize}. It was altered; save it again.");
        FeedForwardLanguageModel network = ModuleWeights.Load(Path.Combine(directory, ModuleWeights.FileName), () => new FeedForwardLanguageModel(config));
        return new NeuralLanguageModelTransformer(vectors, network, words);
    }

    /// <summary>Frees the network. What needs it afterwards throws <see cref="ObjectDisposedException"/>; the vectors go on.</summary>
    public void Dispose()
    {
        _runner.Dispose();
        _network.Dispose();
    }

    // [N, V]. What begins a text never comes next.
    private Tensor Logits(Tensor contexts)
    {
        Tensor logits = _network.forward(contexts);
        logits.select(1, LanguageModelWords.Begin).FillWith(float.NegativeInfinity);
        return logits;
    }

    // A full context of text beginnings first.
    private List<int> Ids(string text)
    {
        var list = new WordList();
        Splitter.Split(text, list);
        List<int> ids = [.. Enumerable.Repeat(LanguageModelWords.Begin, _network.Config.ContextSize)];
        for (int i = 0; i < list.Count; i++) ids.Add(_words.IdOf(list[i]));
        return ids;
    }
}
