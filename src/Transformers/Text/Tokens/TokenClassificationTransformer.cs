using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, a tag for each word out, and the entities that the tags say, by a fine-tuned encoder. Lazy: the network runs when a cursor asks for a value, on
/// a window of rows sorted by length. Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
/// <remarks>
/// Words of a text: white space separates them, and each punctuation mark and each Chinese character is a word. Scripts without spaces otherwise, and texts whose
/// words are known, come as vectors of ready-made words. A row over <see cref="TokenScoringOptions.MaxLength"/> is divided between words into
/// windows of about equal length: every word gets a tag, but sees only the words of its own window. The tags of all windows are then chosen as one sequence.
/// <list type="table">
/// <listheader><term>Column added</term><description>Type</description></listheader>
/// <item><term>Words</term><description>Vector of text: the words; only where the input is text</description></item>
/// <item><term>PredictedTags</term><description>Vector of text, one a word</description></item>
/// <item><term>TagProbabilities</term><description>Vector of Single, one a word</description></item>
/// <item><term>EntityText, EntityType</term><description>Vectors of text, one an entity; these columns only with a scheme</description></item>
/// <item><term>EntityStart, EntityLength</term><description>Vectors of Int32: characters of the original text, or ready-made tokens</description></item>
/// <item><term>EntityConfidence</term><description>Vector of Single: the mean probability of the entity's tags</description></item>
/// </list>
/// </remarks>
public sealed class TokenClassificationTransformer : ITransformer, IPersistentTransformer, INetworkServer, IDisposable
{
    internal const string LoaderSignature = "PretrainTokenClassifier", Owner = "FineTuneTokens";

    private const string HasCrf = "crf";

    internal TokenClassificationTransformer(TextModel<TokenClassifier> model, TokenScoringOptions options)
    {
        options.Validate(Owner);
        (Model, Options, MaxLength) = (model, options, model.ResolveMaxLength(options.MaxLength));
        TagSet = new TagSet(model.Config.Labels!, options.Scheme, options.TrainedAs);
        Encoder = new WordEncoder(model.Tokenizer, MaxLength);
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards);
    }

    /// <summary>The column and settings this transformer works with.</summary>
    public TokenScoringOptions Options { get; }

    /// <summary>The network's tags, in the order of its outputs and in the scheme it was trained in.</summary>
    public IReadOnlyList<string> Tags => TagSet.Tags;

    bool ITransformer.IsRowToRowMapper => true;

    internal TextModel<TokenClassifier> Model { get; }

    internal TagSet TagSet { get; }

    internal WordEncoder Encoder { get; }

    TextNetworkRunner INetworkServer.Runner => Runner;

    internal TextNetworkRunner Runner { get; }

    /// <summary>Tokens a window may have: the options' limit, or the encoder's where none is set.</summary>
    internal int MaxLength { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is neither text nor a vector of text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(new TokenClassificationMapper(this, inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is neither text nor a vector of text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, new TokenClassificationMapper(this, input.Schema), Options.WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(new TokenClassificationMapper(this, inputSchema));

    /// <summary>The words of a text with their tags. Thread safe.</summary>
    /// <param name="text">Any text, of any length.</param>
    public IReadOnlyList<TaggedWord> TagWords(string text) => Tag(text).Words;

    /// <summary>The entities of a text, in their order. Thread safe.</summary>
    /// <param name="text">Any text, of any length.</param>
    /// <exception cref="InvalidOperationException">The tags have no scheme and so say no entities.</exception>
    public IReadOnlyList<EntitySpan> FindEntities(string text) => Options.Scheme is null
        ? throw new InvalidOperationException($"{Owner}: the network was trained on plain tags, which say no entities; expected a Scheme. Use TagWords, or train with FineTuneTokensOptions.Scheme.")
        : Tag(text).Entities;

    /// <summary>Writes the network as a directory that Hugging Face's libraries read as a token classifier. A conditional random field's weights are in it under the names of pytorch-crf, which they do not read.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) =>
        Runner.WhileIdle(() => Model.Save(directory, weights, TextEncoderCheckpoint.TokenClassification));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        // What scores in bf16 gains nothing from more bits on disk.
        SaveCheckpoint(directory, Options.Precision == ScoringPrecision.BFloat16 ? WeightType.BFloat16 : WeightType.Float32);
        Options.Write(settings);
        settings[HasCrf] = Model.Network.Crf is null ? "false" : "true";
    }

    internal static TokenClassificationTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        TokenScoringOptions options = TokenScoringOptions.Read(settings);
        TextModel<TokenClassifier> model = TextModel.LoadTokenClassifier(directory, TextSettings.Required(settings, HasCrf) == "true");
        try
        {
            return new TokenClassificationTransformer(model, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Of the network's weights as they are; called in a run.</summary>
    internal TagDecoder CreateDecoder() => new(Model.Network, Options.ConstrainTransitions ? TagSet.Rules() : null);

    private TaggedRow Tag(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var window = new TaggingWindow(this, 1);
        window.Row(0).SetText(text);
        window.Compute(1);
        return window.Result(0);
    }

    /// <summary>Frees the network. Rows asked for afterwards throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Model.Dispose();
    }
}
