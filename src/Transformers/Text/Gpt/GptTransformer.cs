using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// A GPT-2 language model (Radford et al. 2019): texts' vectors from its hidden states, continuations of texts, perplexity. The column is lazy: the
/// network runs when a cursor asks for a vector, on a window of rows sorted by length. Owns native memory: dispose it, or the prediction engine that owns
/// it, when done. Thread safe.
/// </summary>
public sealed class GptTransformer : ITransformer, IPersistentTransformer, IDisposable
{
    internal const string LoaderSignature = "PretrainGpt";
    internal const string Owner = "Gpt";

    internal GptTransformer(GptModel model, GptFeatureOptions options)
    {
        (MaxLength, Layer) = Resolve(model.Network.Config, options);
        (Model, Options) = (model, options);
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards);
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public GptFeatureOptions Options { get; }

    /// <summary>Components of a text's vector.</summary>
    public int HiddenSize => Model.Network.Config.HiddenSize;

    /// <summary>Tokens that the network can see at once.</summary>
    public int MaxPositions => Model.Network.Config.MaxPositions;

    /// <summary>Texts to tokens and back.</summary>
    public GptTokenizer Tokenizer => Model.Tokenizer;

    bool ITransformer.IsRowToRowMapper => true;

    internal GptModel Model { get; }

    internal TextNetworkRunner Runner { get; }

    internal int MaxLength { get; }

    internal int Layer { get; }

    /// <summary>Continues a text with the likeliest token every time, 64 at most.</summary>
    /// <param name="prompt">As of <see cref="Generate(string, GenerationOptions?)"/>.</param>
    /// <returns>The new text, without the prompt.</returns>
    public string Generate(string prompt) => Generate(prompt, null);

    /// <summary>Continues a text.</summary>
    /// <param name="prompt">Any text; empty: a document is begun. The last <see cref="MaxPositions"/> tokens of it count.</param>
    /// <param name="options">How; null: the likeliest token every time.</param>
    /// <returns>The new text, without the prompt. Where it grows beyond <see cref="MaxPositions"/>, the network goes on from the later half of them.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public string Generate(string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Generate([prompt], options)[0];
    }

    /// <summary>Continues several texts with the likeliest token every time, each by 64 at most.</summary>
    /// <param name="prompts">As of <see cref="Generate(IReadOnlyList{string}, GenerationOptions?)"/>.</param>
    /// <returns>The new texts, in the prompts' order.</returns>
    /// <exception cref="ArgumentException">A prompt is null.</exception>
    public IReadOnlyList<string> Generate(IReadOnlyList<string> prompts) => Generate(prompts, null);

    /// <summary>Continues several texts, faster together than one after the other.</summary>
    /// <param name="prompts">Any texts, each as of <see cref="Generate(string, GenerationOptions?)"/>; what one becomes does not depend on the others.</param>
    /// <param name="options">How; null: the likeliest token every time.</param>
    /// <returns>The new texts, in the prompts' order.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or a prompt is null.</exception>
    public IReadOnlyList<string> Generate(IReadOnlyList<string> prompts, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Any(prompt => prompt is null)) throw new ArgumentException("A prompt is null; expected text, or an empty string to begin a document.", nameof(prompts));
        return Start(options).All(prompts);
    }

    /// <summary>Continues a text and gives each piece as soon as it is certain: together they are what <see cref="Generate(string, GenerationOptions?)"/> returns.</summary>
    /// <param name="prompt">Any text; empty: a document is begun.</param>
    /// <param name="options">How; default null: the likeliest token every time.</param>
    /// <returns>Pieces of text, computed as they are asked for. Whole characters: the bytes of one wait for each other, and so does what may be a stop string's beginning. Leaving the loop early frees everything.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public IEnumerable<string> GenerateStream(string prompt, GenerationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Start(options).Pieces(prompt);
    }

    /// <summary>
    /// How well the model foresees texts: each token after <c>&lt;|endoftext|&gt;</c> and those before it in the same text. A text of more than
    /// <see cref="MaxPositions"/> tokens is read in windows that move on by half of them; each token is counted once.
    /// </summary>
    /// <param name="texts">The texts; empty ones count for nothing.</param>
    /// <exception cref="ArgumentException">There is no text with a character in it.</exception>
    public GptPerplexity Perplexity(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new PerplexityMeter(Model, Runner, Options.TokensPerBatch).Measure(texts);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(new GptMapper(this, inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, new GptMapper(this, input.Schema), Options.WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(new GptMapper(this, inputSchema));

    /// <summary>Writes the model as a directory that Hugging Face's libraries read: <c>config.json</c>, <c>model.safetensors</c>, <c>vocab.json</c>, <c>merges.txt</c>, <c>tokenizer_config.json</c>.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has run in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => Runner.WhileIdle(() => Model.Save(directory, weights));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        StoredWeights.Write(directory, Options, SaveCheckpoint);
        GptSettings.Write(Options, settings);
    }

    internal static GptTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        GptFeatureOptions options = GptSettings.Read(settings);
        return Own(GptModel.Load(directory), options);
    }

    /// <summary>The token limit and the hidden state that options mean for a network.</summary>
    /// <exception cref="ArgumentException">They do not fit it.</exception>
    internal static (int MaxLength, int Layer) Resolve(GptConfig network, GptFeatureOptions options)
    {
        options.Validate(Owner);
        if (options.MaxLength > network.MaxPositions)
            throw new ArgumentException($"{Owner}: MaxLength is {options.MaxLength}, but the network has positions for {network.MaxPositions} tokens; expected at most {network.MaxPositions}, or 0 for all of them.");
        return (options.MaxLength == 0 ? network.MaxPositions : options.MaxLength, options.LayerIndex(network.LayerCount));
    }

    /// <summary>A transformer of a model, which is disposed where the options do not fit it.</summary>
    internal static GptTransformer Own(GptModel model, GptFeatureOptions options)
    {
        try
        {
            return new GptTransformer(model, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Frees the network. What needs it afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Model.Dispose();
    }

    private TextGeneration Start(GenerationOptions? options)
    {
        options ??= new GenerationOptions();
        options.Validate();
        return new TextGeneration(Model, Runner, options);
    }
}
