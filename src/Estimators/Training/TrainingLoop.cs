namespace MLNet.Pretrain.Training;

/// <summary>Trains a network: the one loop of every method.</summary>
internal static class TrainingLoop
{
    /// <summary>Trains <paramref name="task"/>'s network in place.</summary>
    /// <param name="task">Network, loss, evaluation.</param>
    /// <param name="train">Rows to learn from.</param>
    /// <param name="validation">Rows to evaluate on; null = <see cref="TrainingOptions.ValidationFraction"/> of <paramref name="train"/>, or none.</param>
    /// <param name="options">How; not changed.</param>
    /// <param name="context">What surrounds the run.</param>
    /// <exception cref="ArgumentException">An option is out of range, or needs validation rows and there are none.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TrainingResult Run(ITrainingTask task, TokenRows train, TokenRows? validation, TrainingOptions options, TrainingContext context) =>
        throw new NotSupportedException("The loop's body follows in the next commit.");
}
