namespace MLNet.Pretrain.Training;

/// <summary>What a training run came to.</summary>
/// <param name="Steps">Optimizer steps done in all.</param>
/// <param name="Loss">Mean loss of the last step's rows.</param>
/// <param name="BestStep">Step of the best evaluation; null where there was none.</param>
/// <param name="BestMetrics">The best evaluation's values by name; null where there was none.</param>
/// <param name="StoppedEarly">Whether patience ran out before the last step.</param>
/// <param name="Elapsed">Time of this run, that before a resume not counted.</param>
internal sealed record TrainingResult(long Steps, double Loss, long? BestStep, IReadOnlyDictionary<string, double>? BestMetrics, bool StoppedEarly, TimeSpan Elapsed)
{
    /// <summary>Whether none of the trainings before, of several that are compared, came to more.</summary>
    public bool IsBest { get; init; } = true;
}
