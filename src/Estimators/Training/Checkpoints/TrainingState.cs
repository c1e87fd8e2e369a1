namespace MLNet.Pretrain.Training;

/// <summary>What a checkpoint keeps beside weights and optimizer: everything else follows from seed and step.</summary>
internal sealed record TrainingState
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Seed of the run.</summary>
    public required int Seed { get; init; }

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; init; }

    /// <summary>Loss of the last step; null before the first.</summary>
    public double? Loss { get; init; }

    /// <summary>Evaluations since the best one.</summary>
    public int EvaluationsSinceBest { get; init; }

    /// <summary>Step of the best evaluation so far.</summary>
    public long? BestStep { get; init; }

    /// <summary>Values of the best evaluation so far.</summary>
    public IReadOnlyDictionary<string, double>? BestMetrics { get; init; }

    /// <summary>Whether patience has run out.</summary>
    public bool StoppedEarly { get; init; }

    /// <summary>Options, data and network by name; a resumed run must have the same.</summary>
    public required IReadOnlyDictionary<string, string> Fingerprint { get; init; }
}
