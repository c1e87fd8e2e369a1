using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>What a run will do, settled before anything is computed: its rows, its steps, and where it starts.</summary>
internal sealed record TrainingPlan(TokenRows Train, TokenRows? Validation, MemoryBudget? Memory, TrainingSchedule Schedule, TrainingCheckpoints? Checkpoints, TrainingState Start)
{
    public static TrainingPlan Make(ITrainingTask task, TokenRows train, TokenRows? validation, TrainingOptions options, TrainingContext context, Device device)
    {
        if (train.Count == 0) throw new InvalidOperationException($"{context.Owner}: there are no training rows; expected at least one with text and label.");
        if (validation is { Count: 0 }) throw new InvalidOperationException($"{context.Owner}: the validation set has no rows; expected at least one, or no validation set.");
        TrainingCheckpoints? checkpoints = options.CheckpointDirectory is { } directory ? new TrainingCheckpoints(directory) : null;
        TrainingState? resumed = checkpoints?.Latest(context.Log);
        if (resumed is not null && !options.Resume)
            throw new InvalidOperationException($"{context.Owner}: CheckpointDirectory '{checkpoints!.Directory}' holds a checkpoint of step {resumed.Step}; expected an empty folder. Set Resume to go on from it, or name another folder.");

        int seed = options.Seed ?? resumed?.Seed ?? context.DefaultSeed;
        if (validation is null && options.ValidationFraction > 0) (train, validation) = train.Split(options.ValidationFraction, context.SplitSeed ?? seed, row => task.CanValidate(train.Store, row));
        if (validation is null && options.EarlyStoppingPatience > 0)
            throw new ArgumentException($"{context.Owner}: EarlyStoppingPatience is {options.EarlyStoppingPatience}, but there are no validation rows; give a validation set, or set ValidationFraction.");

        IReadOnlyDictionary<string, string> fingerprint = RunFingerprint.Of(options, task, train, validation);
        if (resumed is not null) CheckSame(resumed, seed, fingerprint, checkpoints!, context.Owner);
        MemoryBudget? memory = MemoryBudget.Of(task, train, options, device, context);
        var sampler = new BatchSampler(train, options.BatchSize, options.MaxTokensPerBatch, options.GradientAccumulationSteps, seed, memory);
        return new TrainingPlan(train, validation, memory, new TrainingSchedule(sampler, options, context.CheckCancellation), checkpoints, resumed ?? new TrainingState { Seed = seed, Fingerprint = fingerprint });
    }

    private static void CheckSame(TrainingState resumed, int seed, IReadOnlyDictionary<string, string> fingerprint, TrainingCheckpoints checkpoints, string owner)
    {
        List<string> differences = [.. RunFingerprint.Differences(resumed.Fingerprint, fingerprint)];
        if (resumed.Seed != seed) differences.Insert(0, $"Seed was {resumed.Seed}, is now {seed}");
        if (differences.Count > 0)
            throw new InvalidOperationException($"{owner}: the checkpoint in '{checkpoints.Directory}' is of another run: {string.Join("; ", differences)}. Expected the same; put it back as it was, or name another CheckpointDirectory.");
    }
}
