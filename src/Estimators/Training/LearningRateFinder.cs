using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Finds a peak learning rate by a range test (Smith 2017): training steps at rising rates, until the loss rises; then everything is as before.</summary>
internal sealed class LearningRateFinder(ITrainingTask task, IReadOnlyList<(string Name, Parameter Parameter)> learning, TrainingOptions options, TrainingPlan plan, StepGradients gradients)
{
    private const int Steps = 100, LeastSteps = 10;
    private const double Range = 100, Smoothing = 0.9, Diverged = 2, BelowLowest = 10;

    /// <returns>A tenth of the rate at which the loss, smoothed over steps, was lowest: the steepest fall is before it.</returns>
    /// <exception cref="TrainingDivergedException">Not even the lowest rate gives finite losses.</exception>
    public double Find(string owner)
    {
        using DisposeScope scope = NewDisposeScope();
        task.Network.train();
        Tensor[] before = [.. learning.Select(p => p.Parameter.detach().clone())];
        try
        {
            (double best, double rateOfBest, double mean) = (double.PositiveInfinity, double.NaN, 0);
            int step = 0;
            foreach ((double rate, double loss) in Sweep())
            {
                mean = Smoothing * mean + (1 - Smoothing) * loss;
                double smoothed = mean / (1 - Math.Pow(Smoothing, ++step));
                if (!double.IsFinite(smoothed) || (step > LeastSteps && smoothed > Diverged * best)) break;
                // The first few are no mean yet: one easy batch would decide.
                if (step <= LeastSteps ? double.IsNaN(rateOfBest) : smoothed < best) (best, rateOfBest) = (smoothed, rate);
            }
            return double.IsFinite(rateOfBest)
                ? Math.Max(rateOfBest / BelowLowest, options.LearningRate / Range)
                : throw new TrainingDivergedException(FormattableString.Invariant($"{owner}: the loss is not a number at learning rate {options.LearningRate / Range:0.###e+0}, where the range test of FindLearningRate begins; expected a finite one. Look for labels or weights that are not numbers."), 1);
        }
        finally
        {
            using IDisposable _ = no_grad();
            for (int i = 0; i < before.Length; i++) learning[i].Parameter.copy_(before[i]);
        }
    }

    // The rate of each step, and the loss before it.
    private IEnumerable<(double Rate, double Loss)> Sweep()
    {
        using var optimizer = new AdamW(ParameterGrouping.Divide(task, learning, options), options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon);
        try
        {
            int step = 0;
            while (step < Steps)
            {
                // Few rows come again.
                using var loader = new BatchLoader(plan.Train.Store, plan.Schedule.BatchesAfter(0), task.Prepare, plan.Start.Seed);
                while (step < Steps)
                {
                    double rate = options.LearningRate / Range * Math.Pow(Range * Range, step / (Steps - 1.0));
                    if (Step(optimizer, loader, rate, step) is not { } loss) break;
                    yield return (rate, loss);
                    step++;
                }
            }
        }
        finally
        {
            optimizer.ZeroGrad();
        }
    }

    // Null where the rows are at their end.
    private double? Step(AdamW optimizer, BatchLoader loader, double rate, int step)
    {
        using DisposeScope scope = NewDisposeScope();
        RandomState.Seed(SeedMixer.Mix(plan.Start.Seed, SeedMixer.Step, step), learning[0].Parameter.device);
        optimizer.ZeroGrad();
        double? loss = gradients.Next(loader, optimizer, _ => { })?.Loss;
        if (loss is null || !double.IsFinite(loss.Value)) return loss;
        optimizer.ClipGradients(options.MaxGradientNorm);
        optimizer.Step(rate);
        task.AfterStep(optimizer);
        return loss;
    }
}
