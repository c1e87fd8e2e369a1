namespace MLNet.Pretrain.Training;

/// <summary>Trains one network after another, each from another seed, and keeps the best by its validation (Dodge et al. 2020).</summary>
internal static class SeedSearch
{
    /// <typeparam name="T">What owns a network.</typeparam>
    /// <param name="options">How to train, and how many times.</param>
    /// <param name="rows">Rows to learn from.</param>
    /// <param name="validation">Rows to evaluate on; null = part of <paramref name="rows"/>, the same for all.</param>
    /// <param name="context">What surrounds the runs; its seed is the first one.</param>
    /// <param name="build">Makes the untrained network of a seed.</param>
    /// <param name="train">Trains it by the function given, which trains a task.</param>
    /// <returns>The best one, which belongs to the caller; the others are gone.</returns>
    public static (T Model, TrainingResult Result) Best<T>(
        SupervisedTrainingOptions options,
        TokenRows rows,
        TokenRows? validation,
        TrainingContext context,
        Func<int, T> build,
        Func<T, int, Func<ITrainingTask, TrainingResult>, TrainingResult> train) where T : IDisposable
    {
        CheckFolders(options, context.Owner);
        // A resumed run goes on with the seeds that it began with.
        int first = TrainingCheckpoints.SeedOf(options.Seeds == 1 ? options : options.OfRun(1)) ?? context.DefaultSeed;
        if (options.Seeds == 1) return Trained(first, task => TrainingLoop.Run(task, rows, validation, options, context with { DefaultSeed = first }));
        if (validation is null && options.ValidationFraction == 0)
            throw new ArgumentException($"{context.Owner}: Seeds is {options.Seeds}, but there are no validation rows to choose by; give ValidationData, or set ValidationFraction.");

        (T Model, TrainingResult Result)? best = null;
        ITrainingTask? ofBest = null;
        TrainingDivergedException? diverged = null;
        try
        {
            for (int run = 1; run <= options.Seeds; run++)
            {
                SupervisedTrainingOptions own = options.OfRun(run);
                int seed = unchecked(first + run - 1);
                if (own.Seed is not null) own.Seed = seed;
                ITrainingTask? ofRun = null;
                (T Model, TrainingResult Result) trained;
                try
                {
                    trained = Trained(seed, task =>
                    {
                        ofRun = task;
                        TrainingResult result = TrainingLoop.Run(task, rows, validation, own, context with { DefaultSeed = seed, SplitSeed = first });
                        return result with { IsBest = ofBest is null || Evaluator.IsBetter(task, result.BestMetrics, best!.Value.Result.BestMetrics) };
                    });
                }
                catch (TrainingDivergedException e)
                {
                    // What the others have learnt is not lost for it.
                    diverged = e;
                    context.Log?.Invoke($"Seed {seed}, {run} of {options.Seeds}: {e.Message}");
                    continue;
                }
                context.Log?.Invoke($"Seed {seed}, {run} of {options.Seeds}: {string.Join(", ", (trained.Result.BestMetrics ?? new Dictionary<string, double>()).Select(m => FormattableString.Invariant($"{m.Key} {m.Value:0.0000}")))}{(trained.Result.IsBest ? "; the best so far" : "")}.");
                if (!trained.Result.IsBest)
                {
                    trained.Model.Dispose();
                    continue;
                }
                best?.Model.Dispose();
                (best, ofBest) = (trained, ofRun);
            }
            return best ?? throw diverged!;
        }
        catch
        {
            best?.Model.Dispose();
            throw;
        }

        (T, TrainingResult) Trained(int seed, Func<ITrainingTask, TrainingResult> run)
        {
            T model = build(seed);
            try
            {
                return (model, train(model, seed, run));
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
    }

    // Before the first of several long trainings: what another run left in a folder of a later one, or where one training and several keep theirs apart.
    private static void CheckFolders(SupervisedTrainingOptions options, string owner)
    {
        if (options.CheckpointDirectory is not { } root) return;
        if (options.Seeds == 1)
        {
            if (options.Resume && TrainingCheckpoints.AreIn(options.OfRun(1).CheckpointDirectory!) && !TrainingCheckpoints.AreIn(root))
                throw new InvalidOperationException($"{owner}: CheckpointDirectory '{root}' holds the checkpoints of several seeds, and Seeds is 1; expected the number of seeds that the run began with, or another folder.");
            return;
        }
        if (TrainingCheckpoints.AreIn(root))
            throw new InvalidOperationException($"{owner}: CheckpointDirectory '{root}' holds the checkpoints of one training, and Seeds is {options.Seeds}; expected 1 to go on from it, or another folder.");
        if (options.Resume) return;
        for (int run = 1; run <= options.Seeds; run++)
            if (options.OfRun(run).CheckpointDirectory is { } folder && TrainingCheckpoints.AreIn(folder))
                throw new InvalidOperationException($"{owner}: CheckpointDirectory '{root}' holds a checkpoint in '{folder}'; expected an empty folder. Set Resume to go on from it, or name another folder.");
    }
}
