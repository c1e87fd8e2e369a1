namespace MLNet.Pretrain.Training;

/// <summary>What a checkpoint keeps beside weights and optimizer: everything else follows from seed and step.</summary>
internal sealed record TrainingState
{
    public const int CurrentVersion = 2;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Seed of the run.</summary>
    public required int Seed { get; init; }

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; init; }

    /// <summary>The peak learning rate that a range test found; null where the options' own is used.</summary>
    public double? FoundLearningRate { get; init; }

    /// <summary>Loss of the last step; null before the first.</summary>
    public double? Loss { get; init; }

    /// <summary>Gradient norm of the last step, before clipping; null before the first.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Whether the last step's evaluation is still to be done: the run was cancelled in it.</summary>
    public bool EvaluationPending { get; init; }

    /// <summary>Evaluations since the best one.</summary>
    public int EvaluationsSinceBest { get; init; }

    /// <summary>Step of the best evaluation so far.</summary>
    public long? BestStep { get; init; }

    /// <summary>Step whose weights are kept as the best; null where none are.</summary>
    public long? BestWeightsStep { get; init; }

    /// <summary>Values of the best evaluation so far.</summary>
    public IReadOnlyDictionary<string, double>? BestMetrics { get; init; }

    /// <summary>Whether patience has run out.</summary>
    public bool StoppedEarly { get; init; }

    /// <summary>Options, data and network by name; a resumed run must have the same.</summary>
    public required IReadOnlyDictionary<string, string> Fingerprint { get; init; }
}
