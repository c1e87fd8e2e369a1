using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Texts in, a number out, by a fine-tuned encoder: the <c>Score</c> of ML.NET's own regressions, so that <c>Evaluate</c> and <c>CrossValidate</c> work on it.
/// Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class TextRegressionTransformer : ITransformer, IPersistentTransformer, IDisposable
{
    internal const string LoaderSignature = "PretrainTextRegression";

    private readonly TextPrediction _prediction;

    internal TextRegressionTransformer(ITextPredictor model, TextScoringOptions options) => _prediction = new(model, options, new RegressionColumns());

    /// <summary>The columns and settings this transformer works with.</summary>
    public TextScoringOptions Options => _prediction.Options;

    bool ITransformer.IsRowToRowMapper => true;

    internal TextNetworkRunner Runner => _prediction.Runner;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _prediction.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => _prediction.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _prediction.GetRowToRowMapper(inputSchema);

    /// <summary>Writes the network as a directory that Hugging Face's libraries read as a sequence classifier of one label, which is their regression.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => _prediction.SaveCheckpoint(directory, weights);

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings) => _prediction.SaveTo(directory, settings);

    internal static TextRegressionTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        TextScoringOptions options = TextSettings.ReadScoring(settings);
        TextModel<Networks.Text.SequenceClassifier> model = TextModel.LoadClassifier(directory);
        try
        {
            if (model.Network.ClassCount != 1) throw new InvalidDataException($"The saved regression has {model.Network.ClassCount} outputs; expected 1. It was altered.");
            return new TextRegressionTransformer(new EncoderPredictor(model), options);
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
