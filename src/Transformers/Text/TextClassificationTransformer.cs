using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, classes out, by a fine-tuned encoder or a TextCnn: the columns of ML.NET's own classifiers, so that <c>Evaluate</c>, <c>CrossValidate</c> and
/// <c>MapKeyToValue</c> work on them. Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class TextClassificationTransformer : ITransformer, IPersistentTransformer, IDisposable
{
    internal const string LoaderSignature = "PretrainTextClassifier";

    private readonly IClassificationColumns _columns;

    internal TextClassificationTransformer(IHostEnvironment env, ITextClassifierModel model, TextScoringOptions options, IClassificationColumns columns)
    {
        Host = env.Register(nameof(TextClassificationTransformer));
        options.Validate(model.Owner);
        (Model, Options, _columns, MaxLength) = (model, options, columns, model.ResolveMaxLength(options.MaxLength));
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards);
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public TextScoringOptions Options { get; }

    /// <summary>The classes, in the order of <c>Score</c>.</summary>
    public IReadOnlyList<string> Labels => _columns.Labels.Names;

    bool ITransformer.IsRowToRowMapper => true;

    internal IHost Host { get; }

    internal ITextClassifierModel Model { get; }

    internal TextNetworkRunner Runner { get; }

    /// <summary>Tokens a row may have: the options' limit, or the encoder's where none is set.</summary>
    internal int MaxLength { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(Bind(inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, Bind(input.Schema), Options.WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(Bind(inputSchema));

    /// <summary>Writes the network as a directory: of an encoder with its head, one that Hugging Face's libraries read as a sequence classifier.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => Runner.WhileIdle(() => Model.Save(directory, weights));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        // What scores in bf16 gains nothing from more bits on disk.
        SaveCheckpoint(directory, Options.Precision == ScoringPrecision.BFloat16 ? WeightType.BFloat16 : WeightType.Float32);
        TextSettings.WriteScoring(Options, settings);
        settings["model"] = Model.Kind;
        settings["columns"] = _columns.Name;
        if (_columns.Labels.TypeName is { } type) settings["labelType"] = type;
    }

    internal static TextClassificationTransformer LoadFrom(IHostEnvironment env, string directory, IReadOnlyDictionary<string, string> settings)
    {
        // Models saved before there was a second kind do not name theirs.
        ITextClassifierModel model = settings.GetValueOrDefault("model", EncoderClassifierModel.KindName) switch
        {
            EncoderClassifierModel.KindName => new EncoderClassifierModel(TextModel.LoadClassifier(directory)),
            TextCnnModel.KindName => TextCnnModel.Load(directory),
            var other => throw new FormatException($"The saved model's setting 'model' is '{other}'; expected {EncoderClassifierModel.KindName} or {TextCnnModel.KindName}. It was written by another version or altered."),
        };
        IClassificationColumns columns = TextSettings.Required(settings, "columns") switch
        {
            MulticlassColumns.KindName => new MulticlassColumns(LabelValues.FromNames(model.Labels!, settings.GetValueOrDefault("labelType"))),
            BinaryColumns.KindName => new BinaryColumns(),
            var other => throw new FormatException($"The saved model's setting 'columns' is '{other}'; expected {MulticlassColumns.KindName} or {BinaryColumns.KindName}. It was written by another version or altered."),
        };
        return new TextClassificationTransformer(env, model, TextSettings.ReadScoring(settings), columns);
    }

    /// <summary>Frees the network. Rows asked for afterwards throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Model.Dispose();
    }

    private TextClassificationMapper Bind(DataViewSchema schema) => new(this, _columns, schema);
}
