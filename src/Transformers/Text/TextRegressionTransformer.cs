using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, a number out, by a fine-tuned encoder: the <c>Score</c> of ML.NET's own regressions, so that <c>Evaluate</c> and <c>CrossValidate</c> work on it.
/// Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class TextRegressionTransformer : ITransformer, IPersistentTransformer, INetworkServer, IDisposable
{
    internal const string LoaderSignature = "PretrainTextRegression";

    private readonly TextPrediction _prediction;

    internal TextRegressionTransformer(ITextPredictor model, TextScoringOptions options, double mean = 0, double deviation = 1) =>
        (_prediction, Mean, Deviation) = (new(model, options, new RegressionColumns(mean, deviation)), mean, deviation);

    /// <summary>What is added to the network's output, after it is multiplied by <see cref="Deviation"/>. 0 where the network scores in 32 bits: the last layer does it then.</summary>
    public double Mean { get; }

    /// <summary>See <see cref="Mean"/>; 1 where the network scores in 32 bits.</summary>
    public double Deviation { get; }

    /// <summary>The columns and settings this transformer works with.</summary>
    public TextScoringOptions Options => _prediction.Options;

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

    /// <summary>Writes the network as a directory that Hugging Face's libraries read as a sequence classifier of one label, which is their regression. Of a model that scores in 16 bits it gives numbers before <see cref="Mean"/> and <see cref="Deviation"/>.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => _prediction.SaveCheckpoint(directory, weights);

    /// <summary>
    /// Tells what each token of a text adds to the predicted number, by integrated gradients (Sundararajan et al. 2017), in 32 bits whatever the network scores in.
    /// As slow as training on the text <see cref="AttributionOptions.Steps"/> times; what else scores waits for a few steps, not for all. May be called from many threads.
    /// </summary>
    /// <param name="text">The text, as the input column would have it.</param>
    /// <param name="pair">The second text, where the network was trained on pairs.</param>
    /// <param name="options">Steps, baseline; null for the defaults.</param>
    /// <exception cref="ArgumentException">A second text is missing or is one too many, an option is out of range, or a class is named.</exception>
    public TextAttribution Explain(string text, string? pair = null, AttributionOptions? options = null) => _prediction.Explain(text, pair, options);

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        _prediction.SaveTo(directory, settings);
        (settings["mean"], settings["deviation"]) = (Mean.ToString("R", CultureInfo.InvariantCulture), Deviation.ToString("R", CultureInfo.InvariantCulture));
    }

    internal static TextRegressionTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        TextScoringOptions options = TextSettings.ReadScoring(settings);
        TextModel<Networks.Text.SequenceClassifier> model = TextModel.LoadClassifier(directory);
        try
        {
            if (model.Network.ClassCount != 1) throw new InvalidDataException($"The saved regression has {model.Network.ClassCount} outputs; expected 1. It was altered.");
            return new TextRegressionTransformer(new EncoderPredictor(model, EncoderPredictor.FineTuneText), options, TextSettings.Real(settings, "mean"), TextSettings.Real(settings, "deviation"));
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
