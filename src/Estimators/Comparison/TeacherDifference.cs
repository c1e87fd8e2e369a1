using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison;

/// <summary>A candidate beside the one that taught it, on the same test rows.</summary>
public sealed record TeacherDifference
{
    /// <summary>Its accuracy over the teacher's; NaN where the teacher is never right.</summary>
    public required double AccuracyKept { get; init; }

    /// <summary>Paired bootstrap interval of that.</summary>
    public required Interval AccuracyKeptInterval { get; init; }

    /// <summary>Part of the test rows of which both say the same, right or wrong, in [0, 1].</summary>
    public required double Agreement { get; init; }

    /// <summary>Bootstrap interval of that.</summary>
    public required Interval AgreementInterval { get; init; }

    /// <summary>Rows that the teacher alone got right.</summary>
    public required long OnlyTeacherRight { get; init; }

    /// <summary>Rows that this candidate alone got right.</summary>
    public required long OnlyThisRight { get; init; }

    /// <summary>Rows of which both say the same wrong class.</summary>
    public required long WrongAlike { get; init; }

    /// <summary>Rows of which each says a wrong class of its own.</summary>
    public required long WrongApart { get; init; }

    /// <summary>What they say of the rows on which they differ, the most frequent pair first.</summary>
    public required IReadOnlyList<Disagreement> Disagreements { get; init; }

    /// <summary>Rows of which they say different classes, those first of which this candidate is surest; in the order of rows where it gives no probabilities. <see cref="ErrorOptions.Mistakes"/> of them.</summary>
    public required IReadOnlyList<RowPrediction> Rows { get; init; }
}

/// <summary>Two classes of which one model says the one and the other the other.</summary>
/// <param name="Teacher">What the teacher says; null = no class of training or test rows.</param>
/// <param name="Candidate">What the candidate says; null as above.</param>
/// <param name="Rows">How often.</param>
public sealed record Disagreement(string? Teacher, string? Candidate, long Rows);
