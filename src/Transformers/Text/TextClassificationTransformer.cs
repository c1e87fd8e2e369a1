using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, classes out, by a fine-tuned encoder, a TextCnn or a TextLstm: the columns of ML.NET's own classifiers, so that <c>Evaluate</c>, <c>CrossValidate</c> and
/// <c>MapKeyToValue</c> work on them. Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class TextClassificationTransformer : ITransformer, IPersistentTransformer, INetworkServer, IDisposable
{
    internal const string LoaderSignature = "PretrainTextClassifier";

    private readonly TextPrediction _prediction;

    internal TextClassificationTransformer(ITextPredictor model, TextScoringOptions options, IPredictionColumns columns) => _prediction = new(model, options, columns);

    /// <summary>The columns and settings this transformer works with.</summary>
    public TextScoringOptions Options => _prediction.Options;

    /// <summary>The classes, in the order of <c>Score</c>.</summary>
    public IReadOnlyList<string> Labels => _prediction.Columns.Labels!.Names;

    bool ITransformer.IsRowToRowMapper => true;

    internal ITextPredictor Model => _prediction.Model;

    internal IPredictionColumns Columns => _prediction.Columns;

    /// <summary>Explains many texts with the same options but for the class. Dispose it.</summary>
    internal TextAttributor OpenAttributor(AttributionOptions options) => new(_prediction, options);

    TextNetworkRunner INetworkServer.Runner => Runner;

    internal TextNetworkRunner Runner => _prediction.Runner;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _prediction.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => _prediction.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _prediction.GetRowToRowMapper(inputSchema);

    /// <summary>Writes the network as a directory: of an encoder with its head, one that Hugging Face's libraries read as a sequence classifier.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => _prediction.SaveCheckpoint(directory, weights);

    /// <summary>
    /// Tells what each token of a text adds to the predicted class, by integrated gradients (Sundararajan et al. 2017), in 32 bits whatever the network scores in.
    /// As slow as training on the text <see cref="AttributionOptions.Steps"/> times; what else scores waits for a few steps, not for all. May be called from many threads.
    /// </summary>
    /// <param name="text">The text, as the input column would have it.</param>
    /// <param name="pair">The second text, where the network was trained on pairs.</param>
    /// <param name="options">Steps, baseline; null for the defaults.</param>
    /// <exception cref="ArgumentException">A second text is missing or is one too many, an option is out of range, or there is no such class.</exception>
    public TextAttribution Explain(string text, string? pair = null, AttributionOptions? options = null) => _prediction.Explain(text, pair, options);

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        _prediction.SaveTo(directory, settings);
        if (_prediction.Columns.Labels!.TypeName is { } type) settings["labelType"] = type;
    }

    internal static TextClassificationTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        // Models saved before there was a second kind do not name theirs.
        ITextPredictor model = settings.GetValueOrDefault("model", EncoderPredictor.KindName) switch
        {
            EncoderPredictor.KindName => new EncoderPredictor(TextModel.LoadClassifier(directory), EncoderPredictor.FineTuneText),
            TextCnnPredictor.KindName => TextCnnPredictor.Load(directory),
            TextLstmPredictor.KindName => TextLstmPredictor.Load(directory),
            var other => throw new FormatException($"The saved model's setting 'model' is '{other}'; expected {EncoderPredictor.KindName}, {TextCnnPredictor.KindName} or {TextLstmPredictor.KindName}. It was written by another version or altered."),
        };
        try
        {
            IPredictionColumns columns = TextSettings.Required(settings, "columns") switch
            {
                MulticlassColumns.KindName => new MulticlassColumns(LabelValues.FromNames(model.Labels!, settings.GetValueOrDefault("labelType"))),
                BinaryColumns.KindName => new BinaryColumns(),
                var other => throw new FormatException($"The saved model's setting 'columns' is '{other}'; expected {MulticlassColumns.KindName} or {BinaryColumns.KindName}. It was written by another version or altered."),
            };
            return new TextClassificationTransformer(model, TextSettings.ReadScoring(settings), columns);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Frees the network. Rows asked for afterwards throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _prediction.Dispose();
}
