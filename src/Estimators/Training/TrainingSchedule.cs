namespace MLNet.Pretrain.Training;

/// <summary>The steps of a whole run: how many there are, where epochs begin, when evaluations are due.</summary>
internal sealed class TrainingSchedule
{
    private readonly BatchSampler _sampler;
    private readonly List<long> _stepsIn = [];
    private readonly int _evaluationsPerEpoch;

    /// <param name="sampler">Makes the batches.</param>
    /// <param name="options">How long.</param>
    /// <param name="checkCancellation">Called before each epoch is planned: where batches are bounded by tokens, that looks at every row.</param>
    public TrainingSchedule(BatchSampler sampler, TrainingOptions options, Action? checkCancellation = null)
    {
        (_sampler, _evaluationsPerEpoch) = (sampler, options.EvaluationsPerEpoch);
        long limit = options.MaxSteps ?? long.MaxValue;
        for (int epoch = 0; (epoch < options.Epochs || TotalSteps < options.MinSteps) && TotalSteps < limit; epoch++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            checkCancellation?.Invoke();
            long all = sampler.StepsIn(epoch);
            _stepsIn.Add(all);
            long wanted = Math.Max((long)Math.Ceiling(all * Math.Clamp(options.Epochs - epoch, 0, 1)), Math.Min(all, options.MinSteps - TotalSteps));
            TotalSteps += Math.Min(wanted, limit - TotalSteps);
        }
        WarmupSteps = Math.Min(options.WarmupSteps ?? (long)Math.Ceiling(TotalSteps * options.WarmupRatio), TotalSteps);
    }

    public long TotalSteps { get; }

    public long WarmupSteps { get; }

    /// <summary>Passes over the data after so many steps, with fraction.</summary>
    public double EpochAfter(long steps)
    {
        int epoch = 0;
        for (; epoch < _stepsIn.Count - 1 && steps > _stepsIn[epoch]; epoch++) steps -= _stepsIn[epoch];
        return epoch + steps / (double)_stepsIn[epoch];
    }

    /// <summary>Whether an evaluation follows this batch's step: evenly spread over the epoch, its end among them, and at the very end.</summary>
    public bool IsEvaluationDue(PlannedBatch last, long stepsDone)
    {
        if (stepsDone == TotalSteps) return true;
        long steps = _stepsIn[last.Epoch], done = last.StepInEpoch + 1;
        // The k-th of E evaluations follows step ceil(k * steps / E).
        long k = done * _evaluationsPerEpoch / steps;
        return k >= 1 && (k * steps + _evaluationsPerEpoch - 1) / _evaluationsPerEpoch == done;
    }

    /// <summary>All batches that follow the first <paramref name="stepsDone"/> steps.</summary>
    public IEnumerable<PlannedBatch> BatchesAfter(long stepsDone)
    {
        long skip = stepsDone, left = TotalSteps - stepsDone;
        for (int epoch = 0; epoch < _stepsIn.Count && left > 0; epoch++)
        {
            if (skip >= _stepsIn[epoch])
            {
                skip -= _stepsIn[epoch];
                continue;
            }
            foreach (PlannedBatch batch in _sampler.Epoch(epoch, skip))
            {
                yield return batch;
                if (batch.EndsStep && --left == 0) yield break;
            }
            skip = 0;
        }
    }
}
