using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, vectors out, by a pretrained encoder. Lazy: the network runs when a cursor asks for a vector, on a window of rows sorted by length.
/// Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class TextEncoderTransformer : ITransformer, IPersistentTransformer, INetworkServer, IDisposable
{
    internal const string LoaderSignature = "PretrainTextEncoder";

    internal TextEncoderTransformer(IHostEnvironment env, TextModel<TextEncoder> model, TextEncodingOptions options)
    {
        Host = env.Register(nameof(TextEncoderTransformer));
        options.Validate("EncodeText");
        (Model, Options, MaxLength) = (model, options, model.ResolveMaxLength(options.MaxLength));
        TextPooler.LayerIndex(options, model.Config.Encoder);
        if (options.Pooling == Pooling.Pooler && !model.Config.Encoder.HasPooler)
            throw new ArgumentException("EncodeText: Pooling.Pooler was chosen, but this encoder has no pooler; choose Mean, Max or Cls.");
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards, model.Heads);
        Runner.LogTo(Host);
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public TextEncodingOptions Options { get; }

    /// <summary>Components of a text's vector.</summary>
    public int HiddenSize => Model.Config.Encoder.HiddenSize;

    bool ITransformer.IsRowToRowMapper => true;

    internal IHost Host { get; }

    internal TextModel<TextEncoder> Model { get; }

    TextNetworkRunner INetworkServer.Runner => Runner;

    internal TextNetworkRunner Runner { get; }

    /// <summary>Tokens a row may have: the options' limit, or the encoder's where none is set.</summary>
    internal int MaxLength { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(new TextEncoderMapper(this, inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, new TextEncoderMapper(this, input.Schema), Options.WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(new TextEncoderMapper(this, inputSchema));

    /// <summary>Writes the encoder as a directory that Hugging Face's libraries read: <c>config.json</c>, <c>model.safetensors</c>, vocabulary, tokenizer settings.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. An encoder that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => Runner.WhileIdle(() => Model.Save(directory, weights));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        StoredWeights.Write(directory, Options, SaveCheckpoint);
        TextSettings.Write(Options, settings);
    }

    /// <summary>Whether the encoder's masked-language-model head is here, which <see cref="FillMask"/> and <see cref="PseudoPerplexity"/> need.</summary>
    public bool HasMaskedLanguageModel => Model.Heads?.MaskedLanguageModel is not null;

    /// <summary>The likeliest words where a text has the mask token (<c>[MASK]</c>, <c>&lt;mask&gt;</c> in RoBERTa).</summary>
    /// <param name="text">Text with one mask or several, each predicted by itself.</param>
    /// <param name="count">Words for each mask; default 5.</param>
    /// <returns>A list for each mask, the likeliest word first. A word piece that continues a word begins with <c>##</c>; in byte-level vocabularies (RoBERTa) a word comes with the space before it: <c>" red"</c>.</returns>
    /// <exception cref="InvalidOperationException">The encoder has no masked-language-model head.</exception>
    /// <exception cref="ArgumentException">The text has no mask, or more tokens than the encoder takes.</exception>
    public IReadOnlyList<IReadOnlyList<WordProbability>> FillMask(string text, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new MaskedWordPredictor(Model, Runner, Options, MaxLength).Fill(text, count);
    }

    /// <summary>How well the model foresees each token from all the others of its text (Salazar et al. 2020, "Masked Language Model Scoring"): a forward pass a token.</summary>
    /// <param name="texts">The texts; one over the limit is cut as <see cref="TextScoringOptions.Truncation"/> says.</param>
    /// <returns>The perplexity by token, the tokens that were predicted, and how many of them are unknown.</returns>
    /// <exception cref="InvalidOperationException">The encoder has no masked-language-model head.</exception>
    /// <exception cref="ArgumentException">The texts hold no token.</exception>
    public PerplexityResult PseudoPerplexity(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new MaskedWordPredictor(Model, Runner, Options, MaxLength).PseudoPerplexity(texts);
    }

    /// <summary>A copy with weights of its own, in float32 on the CPU.</summary>
    internal TextModel<TextEncoder> CopyModel()
    {
        TextModel<TextEncoder>? copy = null;
        Runner.WhileIdle(() => copy = Model.CopyEncoder(withHeads: true));
        return copy!;
    }

    internal static TextEncoderTransformer LoadFrom(IHostEnvironment env, string directory, IReadOnlyDictionary<string, string> settings) =>
        new(env, TextModel.LoadEncoder(directory), TextSettings.ReadEncoding(settings));

    /// <summary>Frees the network. Rows asked for afterwards throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Model.Dispose();
    }
}
