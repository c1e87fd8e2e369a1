using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison;

/// <summary>What one fit of one candidate gave on the test rows.</summary>
public sealed record CandidateMeasurement
{
    /// <summary>Rows a class it was fitted on; null for all rows.</summary>
    public required int? LabelsPerClass { get; init; }

    /// <summary>Rows it was fitted on; null where it came fitted.</summary>
    public required long? TrainRows { get; init; }

    /// <summary>True against predicted classes, in the order of <see cref="ComparisonReport.Classes"/>.</summary>
    public required ConfusionCounts Confusion { get; init; }

    /// <summary>Bootstrap interval of accuracy.</summary>
    public required Interval AccuracyInterval { get; init; }

    /// <summary>Bootstrap interval of macro-F1.</summary>
    public required Interval MacroF1Interval { get; init; }

    /// <summary>Mean log-loss in nats; null where the candidate gives no probabilities.</summary>
    public required double? LogLoss { get; init; }

    /// <summary>Time of <c>Fit</c>; null where it came fitted.</summary>
    public required TimeSpan? FitTime { get; init; }

    /// <summary>The most resident memory the process held while this candidate was fitted and scored, less what it held before, in bytes.</summary>
    public required long AddedMemoryBytes { get; init; }

    /// <summary>Test rows scored a second, from the input columns to the predicted class, in one pass over all of them.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Part of the test rows predicted right, in [0, 1].</summary>
    public double Accuracy => Confusion.Accuracy;

    /// <summary>Mean F1 over the classes, in [0, 1].</summary>
    public double MacroF1 => Confusion.MacroF1;
}
