namespace MLNet.Pretrain.Training;

/// <summary>The learning rate over the steps: a straight rise from 0 in the warm-up, then constant, or down to the lowest along a line or half a cosine.</summary>
/// <param name="kind">The shape after the warm-up.</param>
/// <param name="peak">The highest rate.</param>
/// <param name="warmupSteps">Steps of the rise; step 0 has rate 0 where there are any.</param>
/// <param name="totalSteps">All steps.</param>
/// <param name="lowest">Where the line or cosine ends.</param>
internal sealed class LearningRateSchedule(LearningRateScheduleKind kind, double peak, long warmupSteps, long totalSteps, double lowest = 0)
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < warmupSteps) return peak * step / warmupSteps;
        double progress = totalSteps <= warmupSteps ? 0 : Math.Min(1, (double)(step - warmupSteps) / (totalSteps - warmupSteps));
        return kind switch
        {
            LearningRateScheduleKind.Linear => lowest + (peak - lowest) * (1 - progress),
            LearningRateScheduleKind.Cosine => lowest + (peak - lowest) * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => peak,
        };
    }
}
