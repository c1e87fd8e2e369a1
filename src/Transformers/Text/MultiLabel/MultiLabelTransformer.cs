using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, any number of labels out, by a fine-tuned encoder: <c>PredictedLabel</c>, a vector of keys with the label's values, which <c>MapKeyToValue</c> turns into names, and
/// <c>Score</c>, one probability a label. Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class MultiLabelTransformer : ITransformer, IPersistentTransformer, INetworkServer, IDisposable
{
    internal const string LoaderSignature = "PretrainMultiLabel", Owner = "FineTuneMultiLabel";

    private readonly TextPrediction _prediction;

    internal MultiLabelTransformer(ITextPredictor model, TextScoringOptions options, LabelValues labels, IReadOnlyList<double> thresholds)
    {
        Thresholds = [.. thresholds];
        _prediction = new(model, options, new MultiLabelColumns(labels, Thresholds));
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public TextScoringOptions Options => _prediction.Options;

    /// <summary>The labels, in the order of <c>Score</c>.</summary>
    public IReadOnlyList<string> Labels => _prediction.Columns.Labels!.Names;

    /// <summary>The probability from which on each label is given, in (0, 1), in the order of <c>Score</c>.</summary>
    public IReadOnlyList<double> Thresholds { get; }

    bool ITransformer.IsRowToRowMapper => true;

    internal ITextPredictor Model => _prediction.Model;

    internal IPredictionColumns Columns => _prediction.Columns;

    TextNetworkRunner INetworkServer.Runner => Runner;

    internal TextNetworkRunner Runner => _prediction.Runner;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _prediction.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => _prediction.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _prediction.GetRowToRowMapper(inputSchema);

    /// <summary>Writes the network as a directory that Hugging Face's libraries read as a sequence classifier whose <c>problem_type</c> is <c>multi_label_classification</c>. They have no place for thresholds.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => _prediction.SaveCheckpoint(directory, weights);

    /// <summary>What each token of a text adds to the log-odds of a label, by integrated gradients (Sundararajan et al. 2017). Thread safe.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="pair">The second text, where the network was trained on pairs.</param>
    /// <param name="options">The label (<see cref="AttributionOptions.Class"/>) and how exact; null = the most probable label.</param>
    /// <exception cref="ArgumentException">An option is out of range, there is no such label, or a second text is missing or too many.</exception>
    public TextAttribution Explain(string text, string? pair = null, AttributionOptions? options = null) => _prediction.Explain(text, pair, options);

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        _prediction.SaveTo(directory, settings);
        settings["thresholds"] = TextSettings.Numbers(Thresholds);
        if (_prediction.Columns.Labels!.TypeName is { } type) settings["labelType"] = type;
    }

    internal static MultiLabelTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        TextScoringOptions options = TextSettings.ReadScoring(settings);
        IReadOnlyList<double> thresholds = TextSettings.Numbers(settings, "thresholds");
        var model = new EncoderPredictor(TextModel.LoadClassifier(directory), Owner);
        try
        {
            LabelValues labels = LabelValues.FromNames(model.Labels!, settings.GetValueOrDefault("labelType"));
            if (thresholds.Count != labels.Names.Count) throw new InvalidDataException($"The saved model has {thresholds.Count} thresholds and {labels.Names.Count} labels; expected one a label. It was altered.");
            return new MultiLabelTransformer(model, options, labels, thresholds);
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
