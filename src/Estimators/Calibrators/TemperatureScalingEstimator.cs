using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Calibrators;

/// <summary>
/// Finds the temperature of least log-loss, by which a classifier's probabilities become as true as they claim to be (Guo et al. 2017, "On Calibration of
/// Modern Neural Networks"). Fit it on scored rows that the classifier was not trained on; it works after any trainer. What is predicted stays what it was.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Label</term><description>Multiclass: of the kind the classifier was trained on, matched by the names of the classes where the score tells them (<c>SlotNames</c>), else a key. Binary: Boolean, or numbers that are 0 or 1. Read by <c>Fit</c> alone; rows without a label are left out</description></item>
/// <item><term>Score</term><description>Multiclass: <c>Vector&lt;Single&gt;</c>, one probability a class, replaced. Binary: Single, log-odds, kept</description></item>
/// <item><term>Probability</term><description>Binary only: Single, of true; replaces one that is there</description></item>
/// </list>
/// </remarks>
public sealed class TemperatureScalingEstimator : IEstimator<TemperatureScalingTransformer>
{
    private const int RowsPerCheck = 1024;

    private readonly IHost _host;
    private readonly IHeldOutScores _scores;
    private readonly string _labelColumn, _scoreColumn, _owner;

    internal TemperatureScalingEstimator(IHostEnvironment env, IHeldOutScores scores, string labelColumnName, string scoreColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        _host = env.Register(nameof(TemperatureScalingEstimator));
        (_scores, _labelColumn, _scoreColumn, _owner) = (scores, labelColumnName, scoreColumnName, CalibratorMessages.Owner(scores.Kind));
    }

    /// <summary>Reads the scored rows once and finds the temperature.</summary>
    /// <param name="input">Scored rows that the classifier was not trained on.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the label does not fit the score.</exception>
    /// <exception cref="InvalidOperationException">There are no rows with a label, or rows of one class only, or a score is no probability or not finite, or a label is none of the score's classes.</exception>
    public TemperatureScalingTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        using IChannel channel = _host.Start(_owner);
        (List<float[]> scores, int[] truth) = Read(input, channel);
        TemperatureScaling scaling = _scores.Fit(scores, truth);
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Temperature {scaling.Temperature:G4} of {truth.Length} rows."));
        if (scaling.Temperature is <= TemperatureScaling.Coldest or >= TemperatureScaling.Hottest)
            channel.Warning(MessageSensitivity.None, "{0}", $"The temperature is at its {(scaling.Temperature > 1 ? "upper bound: the scores say nothing of these rows' classes" : "lower bound: the scores are right on all of these rows")}. Fit it on more rows that the classifier was not trained on.");
        return new TemperatureScalingTransformer(_scores.Kind, _scoreColumn, _scores.Classes(input.Schema[_scoreColumn]), scaling);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column label = TextColumnShapes.Require(_owner, inputSchema, _labelColumn), score = TextColumnShapes.Require(_owner, inputSchema, _scoreColumn);
        _scores.Check(label, score);
        return inputSchema.With([_scores.Output(score)]);
    }

    private (List<float[]> Scores, int[] Truth) Read(IDataView data, IChannel channel)
    {
        DataViewSchema.Column label = data.Schema[_labelColumn], score = data.Schema[_scoreColumn];
        (List<float[]> scores, List<int> truth, long rows) = ([], [], 0);
        using DataViewRowCursor cursor = data.GetRowCursor([label, score]);
        Func<double> getLabel = _scores.OpenLabel(cursor, label, score);
        Func<float[]> getScore = _scores.OpenScore(cursor, score);
        while (cursor.MoveNext())
        {
            if (rows++ % RowsPerCheck == 0) HostCancellation.ThrowIfCancelled(_host);
            if (getLabel() is var number && double.IsNaN(number)) continue;
            truth.Add((int)number);
            scores.Add(getScore());
        }
        if (truth.Count < rows) channel.Warning(MessageSensitivity.None, "{0}", $"{rows - truth.Count} rows have no label and are left out.");
        if (truth.Count == 0) throw new InvalidOperationException($"{_owner}: there are no training rows with a label; expected scored rows that the classifier was not trained on. Check the data and column '{_labelColumn}'.");
        if (truth.TrueForAll(number => number == truth[0])) throw new InvalidOperationException($"{_owner}: all {truth.Count} rows with a label are of one class; expected rows of 2 or more. Check column '{_labelColumn}'.");
        return (scores, [.. truth]);
    }
}
