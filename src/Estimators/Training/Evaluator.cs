using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Runs a task's evaluation over the validation rows, in evaluation mode and without gradients.</summary>
internal sealed class Evaluator(ITrainingTask task, TokenRows rows, TrainingOptions options, Device device, string owner, Action checkCancellation, MemoryBudget? memory = null)
{
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        IReadOnlyDictionary<string, double> metrics = new Dictionary<string, double>();
        Measure(batches => metrics = task.Evaluate(batches));
        if (!metrics.ContainsKey(task.SelectionMetric))
            throw new InvalidOperationException($"{owner}: the evaluation gave {string.Join(", ", metrics.Keys)}; expected '{task.SelectionMetric}' among them, which selects the best weights.");
        return metrics;
    }

    /// <summary>Tells the task that training is over.</summary>
    public void AfterTraining() => Measure(task.AfterTraining);

    /// <summary>Whether one evaluation is better than the best one so far. A value that is not a number never is.</summary>
    public bool IsBetter(IReadOnlyDictionary<string, double> candidate, IReadOnlyDictionary<string, double>? best) => IsBetter(task, candidate, best);

    /// <summary>Whether one evaluation of a task is better than another. None, or a value that is not a number, never is.</summary>
    public static bool IsBetter(ITrainingTask task, IReadOnlyDictionary<string, double>? candidate, IReadOnlyDictionary<string, double>? best)
    {
        if (candidate is null || !double.IsFinite(candidate[task.SelectionMetric])) return false;
        double value = candidate[task.SelectionMetric];
        return best is null || (task.HigherIsBetter ? value > best[task.SelectionMetric] : value < best[task.SelectionMetric]);
    }

    private void Measure(Action<IEnumerable<TrainingBatch>> measure)
    {
        bool wasTraining = task.Network.training;
        task.Network.eval();
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using var gradients = no_grad();
            measure(Batches());
        }
        finally
        {
            task.Network.train(wasTraining);
        }
    }

    private IEnumerable<TrainingBatch> Batches()
    {
        // No gradients are kept: twice the rows take no more memory.
        int factor = task.ComparesRows ? 1 : 2;
        var sampler = new BatchSampler(rows, options.BatchSize * factor, options.MaxTokensPerBatch * factor, 1, 0, memory);
        using var loader = new BatchLoader(rows.Store, sampler.InOrder().Select(b => new PlannedBatch(b, b.Length, true, 0, 0)), task.Prepare);
        while (loader.TryTake(out _, out TrainingBatch batch))
        {
            using DisposeScope scope = NewDisposeScope();
            using TrainingBatch placed = batch.MoveTo(device);
            checkCancellation();
            yield return placed;
        }
    }
}
