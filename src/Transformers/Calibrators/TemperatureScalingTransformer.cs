using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Calibrators;

/// <summary>
/// Makes a classifier's probabilities as true as they claim to be, by a temperature (Guo et al. 2017). Of several classes it replaces the score column, whose
/// annotations stay; to a binary score it adds <c>Probability</c>. What is predicted stays what it was. A row whose score has NaN gets NaN.
/// </summary>
public sealed class TemperatureScalingTransformer : ITransformer, IPersistentTransformer
{
    internal const string LoaderSignature = "PretrainTemperature";
    private const int WindowRows = 256;

    private readonly ScoreKind _kind;
    private readonly int _classes;
    private long _windows;

    /// <param name="kind">Whose scores they are.</param>
    /// <param name="scoreColumnName">Column read.</param>
    /// <param name="classes">Components of the score; 1 of a binary one.</param>
    /// <param name="scaling">The temperature.</param>
    internal TemperatureScalingTransformer(ScoreKind kind, string scoreColumnName, int classes, TemperatureScaling scaling) =>
        (_kind, ScoreColumnName, _classes, Scaling) = (kind, scoreColumnName, classes, scaling);

    /// <summary>The column read.</summary>
    public string ScoreColumnName { get; }

    /// <summary>The temperature: above 1 where the classifier was too sure of itself.</summary>
    public TemperatureScaling Scaling { get; }

    bool ITransformer.IsRowToRowMapper => true;

    internal long WindowsComputed => Interlocked.Read(ref _windows);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The score column is missing or is not what the temperature was found for.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(Bind(inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The score column is missing or is not what the temperature was found for.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, Bind(input.Schema), WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(Bind(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        settings["scores"] = _kind.ToString();
        settings["scoreColumnName"] = ScoreColumnName;
        settings["classes"] = _classes.ToString(CultureInfo.InvariantCulture);
        settings["temperature"] = Scaling.Temperature.ToString("R", CultureInfo.InvariantCulture);
    }

    internal static TemperatureScalingTransformer LoadFrom(IReadOnlyDictionary<string, string> settings)
    {
        double temperature = TextSettings.Real(settings, "temperature");
        if (temperature is not (> 0 and < double.PositiveInfinity)) throw new FormatException($"The saved model's setting 'temperature' is '{settings["temperature"]}'; expected a finite number above 0. It was altered; save the model again.");
        return new(TextSettings.Enumerated<ScoreKind>(settings, "scores"), TextSettings.Required(settings, "scoreColumnName"), TextSettings.Integer(settings, "classes"), new TemperatureScaling(temperature));
    }

    private IWindowMapper Bind(DataViewSchema schema)
    {
        DataViewSchema.Column score = schema.GetColumnOrNull(ScoreColumnName) ?? throw new ArgumentException(ColumnMessages.Missing(CalibratorMessages.Owner(_kind), ScoreColumnName, schema.Select(c => c.Name)), nameof(schema));
        string? expected = _kind == ScoreKind.Binary
            ? score.Type == NumberDataViewType.Single ? null : "Single"
            : score.Type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single && vector.Size == _classes ? null : $"Vector<Single, {_classes}>";
        if (expected is not null) throw new ArgumentException(CalibratorMessages.WrongScore(_kind, ScoreColumnName, score.Type.ToString()!, expected), nameof(schema));
        return _kind == ScoreKind.Binary ? new BinaryTemperatureMapper(schema, score, Scaling, Computed) : new ClassTemperatureMapper(schema, score, Scaling, Computed);
    }

    private void Computed() => Interlocked.Increment(ref _windows);
}
