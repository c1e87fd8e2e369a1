using Microsoft.ML;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison;

/// <summary>All that was measured of one candidate.</summary>
public sealed record CandidateResult
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The model fitted on all rows. The report owns it, unless it came fitted.</summary>
    public required ITransformer Model { get; init; }

    /// <summary>The fit on all rows.</summary>
    public required CandidateMeasurement Full { get; init; }

    /// <summary>Its most confident mistakes, of the fit on all rows, and the rows that <see cref="ErrorOptions.Rows"/> names.</summary>
    public required ModelErrors Errors { get; init; }

    /// <summary>One measurement a label budget, ascending, <see cref="Full"/> last.</summary>
    public required IReadOnlyList<CandidateMeasurement> LearningCurve { get; init; }

    /// <summary>Size of the saved model in bytes; null where it cannot be saved.</summary>
    public required long? ModelBytes { get; init; }

    /// <summary>Why the model cannot be saved; null where it can.</summary>
    public required string? SaveError { get; init; }

    /// <summary>Time to score a single row; null where it was not measured.</summary>
    public required LatencyPercentiles? Latency { get; init; }

    /// <summary>How it differs from the baseline; null for the baseline itself.</summary>
    public required BaselineDifference? AgainstBaseline { get; init; }

    /// <summary>What it keeps of the teacher; null for the teacher itself, and where <see cref="ComparisonOptions.Teacher"/> names none.</summary>
    public required TeacherDifference? AgainstTeacher { get; init; }

    internal bool CameFitted => Full.FitTime is null;
}

/// <summary>Time to score a single row through the row mapper, as a prediction engine does.</summary>
/// <param name="Median">Half of the rows took less.</param>
/// <param name="P95">95 % took less.</param>
/// <param name="P99">99 % took less.</param>
public sealed record LatencyPercentiles(TimeSpan Median, TimeSpan P95, TimeSpan P99);

/// <summary>A candidate's difference to the baseline on the same test rows, both fitted on all training rows.</summary>
/// <param name="Accuracy">Accuracy less the baseline's.</param>
/// <param name="AccuracyInterval">Paired bootstrap interval of that.</param>
/// <param name="McNemar">Rows only this candidate, and only the baseline, got right.</param>
/// <param name="PValue">McNemar's p value after Holm's correction for the number of candidates.</param>
public sealed record BaselineDifference(double Accuracy, Interval AccuracyInterval, McNemarTest McNemar, double PValue);
