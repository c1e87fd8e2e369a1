namespace MLNet.Pretrain.Training;

/// <summary>Training met a loss or a gradient that is not a number. The message says at which step, and what to try.</summary>
public sealed class TrainingDivergedException : Exception
{
    internal TrainingDivergedException(string message, long step) : base(message) => Step = step;

    /// <summary>The optimizer step, from 1, that was not done.</summary>
    public long Step { get; }
}
