using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Contextual word vectors (Peters et al. 2018): texts' vectors, the vector of each word in its place, perplexity. Lazy: the network runs when a cursor
/// asks for a vector, on a window of rows sorted by length. Owns native memory: dispose it when done.
/// </summary>
public sealed class ElmoTransformer : ITransformer, IPersistentTransformer, IDisposable
{
    internal const string LoaderSignature = "PretrainElmo";
    internal const string Owner = "PretrainElmo";
    private const int TextsAtOnce = 256;

    internal ElmoTransformer(ElmoModel model, ElmoFeatureOptions options)
    {
        options.Validate(Owner, model.Network.Config.LayerCount);
        (Model, Options) = (model, options);
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards);
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public ElmoFeatureOptions Options { get; }

    /// <summary>The network's shape.</summary>
    public ElmoConfig Config => Model.Network.Config;

    /// <summary>Components of a vector: both directions.</summary>
    public int VectorSize => Config.OutputSize;

    bool ITransformer.IsRowToRowMapper => true;

    internal ElmoModel Model { get; }

    internal TextNetworkRunner Runner { get; }

    /// <summary>Each word of a text with its vector there.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="layer">As <see cref="ElmoFeatureOptions.Layer"/>; null = what <see cref="Options"/> say.</param>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public IReadOnlyList<WordInContext> TokenVectors(string text, int? layer = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ElmoPooler pooler = layer is null ? ElmoPooler.Of(Options, Config.LayerCount) : new ElmoPooler(ElmoFeatureOptions.LayerIndex(Owner, layer, Config.LayerCount), null, 1);
        var words = new WordList();
        Model.Splitter.Split(text, words);
        ElmoTexts texts = NewTexts();
        texts.Add(words);
        var result = new WordInContext[words.Count];
        Runner.Run(device => texts.ForEachBatch(Model.Network, device, (rows, vectors, attentionMask) =>
        {
            ReadOnlySpan<float> features = ElmoPooler.Floats(pooler.Select(Model.Network, vectors, attentionMask));
            int perRow = features.Length / rows.Length;
            for (int i = 0; i < rows.Length; i++)
                ElmoPooler.ForEachWord(rows[i], words.Count, features.Slice(i * perRow, perRow), VectorSize, (word, vector) => result[word] = new WordInContext(words[word].ToString(), vector.ToArray()));
        }));
        return result;
    }

    /// <summary>How well the two language models foresee texts. Texts without words are passed over.</summary>
    /// <param name="texts">The texts.</param>
    /// <exception cref="ArgumentException">There is no word in them.</exception>
    public ElmoPerplexity Perplexity(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        (double forward, double backward, long predictions, long unknown) = (0, 0, 0, 0);
        var words = new WordList();
        ElmoTexts window = NewTexts();
        foreach (string[] chunk in texts.Chunk(TextsAtOnce))
        {
            window.Clear();
            foreach (string text in chunk)
            {
                Model.Splitter.Split(text, words);
                window.Add(words);
                for (int i = 0; i < words.Count; i++)
                    if (Model.Words.IdOf(words[i]) == LanguageModelWords.Unknown) unknown++;
            }
            Runner.Run(device => window.ForEachBatch(Model.Network, device, Measure));
        }
        if (predictions == 0) throw new ArgumentException("There is no word in the texts; expected at least one.", nameof(texts));
        return new ElmoPerplexity(Math.Exp(forward / predictions), Math.Exp(backward / predictions), predictions, unknown);

        void Measure(ReadOnlySpan<ElmoTexts.Row> rows, Tensor vectors, Tensor? attentionMask)
        {
            int length = rows[0].Length;
            long[] ids = new long[rows.Length * length];
            for (int row = 0; row < rows.Length; row++)
                for (int at = 0; at < rows[row].Length; at++) ids[row * length + at] = window.OutputId(Model.Words, rows[row], at);
            (Tensor states, Tensor targets) = Model.Network.Predictions(vectors, tensor(ids).view(rows.Length, length).to(vectors.device), attentionMask);
            (double ahead, double back) = Model.Network.NegativeLogLikelihood(states, targets);
            (forward, backward, predictions) = (forward + ahead, backward + back, predictions + targets.shape[1]);
        }
    }

    /// <summary>The same network, copied, with other columns or features: another layer, another mix. Dispose both.</summary>
    /// <param name="options">Columns and features.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the network has no such layer.</exception>
    public ElmoTransformer WithFeatures(ElmoFeatureOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(Owner, Config.LayerCount);
        ElmoModel? copy = null;
        Runner.WhileIdle(() => copy = Model.Copy());
        return new ElmoTransformer(copy!, options);
    }

    /// <summary>Writes the network as a directory: <c>config.json</c>, <c>model.safetensors</c>, <c>words.txt</c>. Character encoder and LSTM have AllenNLP's names.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => Runner.WhileIdle(() => Model.Save(directory, weights));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(new ElmoMapper(this, inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, new ElmoMapper(this, input.Schema), Options.WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(new ElmoMapper(this, inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        SaveCheckpoint(directory, Options.Precision == ScoringPrecision.BFloat16 ? WeightType.BFloat16 : WeightType.Float32);
        ElmoSettings.Write(Options, settings);
    }

    internal static ElmoTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        ElmoModel model = ElmoModel.Load(directory);
        try
        {
            return new ElmoTransformer(model, ElmoSettings.Read(settings));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The mean of every layer over each text's words, [texts, layers, vector size]; zeros for a text without words.</summary>
    internal float[] LayerMeans(ElmoTexts texts)
    {
        int layerCount = Config.LayerCount + 1, size = VectorSize;
        float[] means = new float[texts.Count * layerCount * size];
        bool any = false;
        Runner.Run(device => texts.ForEachBatch(Model.Network, device, (rows, words, attentionMask) =>
        {
            IReadOnlyList<Tensor> layers = Model.Network.Layers(words, attentionMask);
            for (int layer = 0; layer < layerCount; layer++)
            {
                ReadOnlySpan<float> vectors = ElmoPooler.Floats(layers[layer].to(float32).to(CPU).contiguous());
                int perRow = vectors.Length / rows.Length;
                for (int i = 0; i < rows.Length; i++)
                {
                    int wordCount = texts.WordCount(rows[i].Text), at = (rows[i].Text * layerCount + layer) * size;
                    ElmoPooler.ForEachWord(rows[i], wordCount, vectors.Slice(i * perRow, perRow), size, (_, vector) => ElmoPooler.Add(Pooling.Mean, wordCount, vector, means.AsSpan(at, size), ref any));
                }
            }
        }));
        return means;
    }

    internal ElmoTexts NewTexts() => new(Config.MaxCharacters, Model.MaxRowLength, Options.TokensPerBatch);

    /// <summary>Frees the network. What needs it afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Model.Dispose();
    }
}
