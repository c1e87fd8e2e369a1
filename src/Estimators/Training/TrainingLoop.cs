using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Trains a network: the one loop of every method.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly ITrainingTask _task;
    private readonly TrainingOptions _options;
    private readonly TrainingContext _context;
    private readonly TrainingEnvironment _environment;
    private readonly TrainingPlan _plan;
    private readonly PlacedNetwork _placed;
    private readonly IReadOnlyList<Parameter> _learning;
    private readonly StepGradients _gradients;
    private readonly AdamW _optimizer;
    private readonly LearningRateSchedule _rates;
    private readonly Evaluator? _evaluator;
    private readonly BestWeights _best;
    private readonly GradualUnfreezing _unfreezing;
    private readonly WeightAverage? _average;
    private readonly TrainingProgressMeter _meter;
    private readonly MemoryTrimmer? _trimmer;
    private TrainingState _state;

    private TrainingLoop(ITrainingTask task, TrainingPlan plan, TrainingOptions options, TrainingContext context, TrainingEnvironment environment)
    {
        (_task, _plan, _options, _context, _environment, _state) = (task, plan, options, context, environment, plan.Start);
        if (environment.OnProcessor) _trimmer = new MemoryTrimmer();
        _placed = new PlacedNetwork(task, options, environment.Device, context.Owner);
        try
        {
            _learning = [.. _placed.Learning.Select(p => p.Parameter)];
            _unfreezing = new GradualUnfreezing(task, _placed.Learning, options.UnfreezeEveryEpochs);
            _unfreezing.Check(context.Owner, plan.Schedule.EpochAfter(plan.Schedule.TotalSteps));
            if (options.HeadLearningRateFactor != 1 && _placed.Learning.All(p => task.LayerOf(p.Name) <= task.LayerCount))
                throw new ArgumentException(FormattableString.Invariant($"{context.Owner}: HeadLearningRateFactor is {options.HeadLearningRateFactor}, but this network has no head above its layers; expected 1."));
            _gradients = new StepGradients(task, _learning, environment.Device, context.Owner, CheckCancellation);
            if (options.FindLearningRate && _state.Step == 0) FindLearningRate();
            _optimizer = new AdamW(ParameterGrouping.Divide(task, _placed.Learning, options), options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon);
            double peak = _state.FoundLearningRate ?? options.LearningRate;
            _rates = new LearningRateSchedule(options.Schedule, peak, plan.Schedule.WarmupSteps, plan.Schedule.TotalSteps, Math.Min(options.MinLearningRate, peak));
            if (options.AveragedFraction > 0) _average = new WeightAverage(options.AveragedFraction, plan.Schedule.TotalSteps);
            if (plan.Validation is { } rows) _evaluator = new Evaluator(task, rows, options, environment.Device, context.Owner, CheckCancellation, plan.Memory);
            _best = new BestWeights(plan.Checkpoints);
            _meter = new TrainingProgressMeter(task, options, context, environment.Device, plan.Schedule.TotalSteps, _state.Step);
            if (_state.Step > 0) LoadCheckpoint();
        }
        catch
        {
            _meter?.Dispose();
            _average?.Dispose();
            _optimizer?.Dispose();
            _placed.Dispose();
            throw;
        }
    }

    /// <summary>Trains <paramref name="task"/>'s network in place.</summary>
    /// <param name="task">Network, loss, evaluation.</param>
    /// <param name="train">Rows to learn from.</param>
    /// <param name="validation">Rows to evaluate on; null = <see cref="TrainingOptions.ValidationFraction"/> of <paramref name="train"/>, or none.</param>
    /// <param name="options">How; not changed.</param>
    /// <param name="context">What surrounds the run.</param>
    /// <exception cref="ArgumentException">An option is out of range, or needs validation rows and there are none.</exception>
    /// <exception cref="InvalidOperationException">The checkpoint folder is another run's.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TrainingResult Run(ITrainingTask task, TokenRows train, TokenRows? validation, TrainingOptions options, TrainingContext context)
    {
        options = options.Clone();
        options.Validate(context.Owner);
        using var environment = new TrainingEnvironment(options);
        if (options.Precision == TrainingPrecision.Auto)
            options.Precision = ProcessorFeatures.FastestType(environment.Device) == ScalarType.BFloat16 ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;
        using TrainingHeap? heap = environment.OnProcessor ? new TrainingHeap() : null;   // of an accelerator's memory it knows nothing
        using DisposeScope scope = NewDisposeScope();
        TrainingPlan plan = TrainingPlan.Make(task, train, validation, options, context, environment.Device);
        using var loop = new TrainingLoop(task, plan, options, context, environment);
        return loop.Train();
    }

    public void Dispose()
    {
        _meter?.Dispose();
        _best.Dispose();
        _average?.Dispose();
        _unfreezing.Undo();
        _placed.Dispose();   // reads the optimizer's masters
        _optimizer.Dispose();
    }

    private TrainingResult Train()
    {
        try
        {
            _task.Network.train();
            if (_state.EvaluationPending) EvaluateAndReport(TimeSpan.Zero);
            using var loader = new BatchLoader(_plan.Train.Store, _plan.Schedule.BatchesAfter(_state.Step), _task.Prepare, _state.Seed);
            while (_state.Step < _plan.Schedule.TotalSteps && !_state.StoppedEarly)
            {
                Step(loader);
                if (_state.Step % _options.CheckpointEverySteps == 0) SaveCheckpoint();
                _trimmer?.AfterStep();
            }
        }
        catch (OperationCanceledException)
        {
            // Between two optimizer steps the state is whole, whatever forward pass was broken off.
            SaveCheckpoint();
            throw;
        }
        SaveCheckpoint();
        Settle();
        _evaluator?.AfterTraining();
        _placed.Masters = _optimizer.Masters;
        return new TrainingResult(_state.Step, _state.Loss ?? double.NaN, _state.BestStep, _state.BestMetrics, _state.StoppedEarly, _meter.Elapsed);
    }

    // Makes the weights the result: the mean of the last steps, the best ones, or the last ones as they are.
    private void Settle()
    {
        using DisposeScope scope = NewDisposeScope();
        bool averaged = _average?.Count > 1;
        if (_average is { Count: 0 }) _context.Log?.Invoke($"Training ended at step {_state.Step}, before the steps whose weights would have been averaged (AveragedFraction).");
        if (averaged)
        {
            IReadOnlyList<KeyValuePair<string, Tensor>> last = [.. LearntWeights().Select(w => KeyValuePair.Create(w.Key, w.Value.detach().clone()))];
            _average!.CopyTo(LearntWeights());
            _optimizer.CopyMasters();
            if (_evaluator is null) return;
            IReadOnlyDictionary<string, double> metrics = _meter.Evaluating(_evaluator.Evaluate);
            _context.Log?.Invoke($"Mean of the weights of the last {_average.Count} steps: {string.Join(", ", metrics.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:0.0000}")))}.");
            if (!_options.RestoreBest || _evaluator.IsBetter(metrics, _state.BestMetrics))
            {
                _state = _state with { BestStep = _state.Step, BestMetrics = metrics };
                return;
            }
            WeightAverage.Copy(last, LearntWeights());   // no evaluation may have been a number
            _optimizer.CopyMasters();
        }
        if (_state.BestWeightsStep is not { } best || (!averaged && best == _state.Step)) return;
        _best.Restore(ExactWeights(), best);
        _optimizer.CopyMasters();
    }

    private void Step(BatchLoader loader)
    {
        using DisposeScope scope = NewDisposeScope();
        _unfreezing.BeforeStep(_plan.Schedule.EpochAfter(_state.Step));
        // Dropout follows from seed and step alone, so that a resumed run draws what the uninterrupted one drew.
        RandomState.Seed(SeedMixer.Mix(_state.Seed, SeedMixer.Step, _state.Step), _environment.Device);
        _optimizer.ZeroGrad();
        (double loss, PlannedBatch planned) = _gradients.Next(loader, _optimizer, _meter.Count)
            ?? throw new InvalidOperationException($"{_context.Owner}: the training rows ended before step {_state.Step + 1} of {_plan.Schedule.TotalSteps}.");
        if (!double.IsFinite(loss)) throw Diverged("loss", loss, _rates.At(_state.Step), ruined: true);
        _context.Reducer?.Reduce([.. _learning.Where(p => p.grad is not null)]);
        double norm = _optimizer.ClipGradients(_options.MaxGradientNorm);
        double rate = _rates.At(_state.Step);
        if (!double.IsFinite(norm)) throw Diverged("gradient norm", norm, rate);
        CheckCancellation();
        _optimizer.Step(rate);
        _task.AfterStep(_optimizer);
        long step = _state.Step + 1;
        _average?.AfterStep(step, LearntWeights);
        _state = _state with { Step = step, Loss = loss, GradientNorm = norm, EvaluationPending = _evaluator is not null && _plan.Schedule.IsEvaluationDue(planned, step) };
        EvaluateAndReport(loader.Waited);
    }

    // Of the last step.
    private void EvaluateAndReport(TimeSpan waited)
    {
        IReadOnlyDictionary<string, double>? metrics = _state.EvaluationPending ? Evaluate(_evaluator!) : null;
        _meter.Report(_state.Step, _plan.Schedule.EpochAfter(_state.Step), _state.Loss!.Value, _rates.At(_state.Step - 1), _state.GradientNorm!.Value, waited, metrics);
    }

    private IReadOnlyDictionary<string, double> Evaluate(Evaluator evaluator)
    {
        IReadOnlyDictionary<string, double> metrics = _meter.Evaluating(evaluator.Evaluate);
        if (evaluator.IsBetter(metrics, _state.BestMetrics))
        {
            if (_options.RestoreBest) _best.Save(ExactWeights(), _state.Step);
            _state = _state with { BestStep = _state.Step, BestWeightsStep = _options.RestoreBest ? _state.Step : null, BestMetrics = metrics, EvaluationsSinceBest = 0, EvaluationPending = false };
            return metrics;
        }
        int since = _unfreezing.AllLearn ? _state.EvaluationsSinceBest + 1 : 0;   // there is more to come
        bool stop = _options.EarlyStoppingPatience > 0 && since >= _options.EarlyStoppingPatience && _state.Step < _plan.Schedule.TotalSteps;
        _state = _state with { EvaluationsSinceBest = since, StoppedEarly = stop, EvaluationPending = false };
        return metrics;
    }

    // In 32 bits, where training computes in fewer.
    private IReadOnlyList<KeyValuePair<string, Tensor>> ExactWeights()
    {
        IReadOnlyDictionary<string, Tensor> masters = _optimizer.Masters;
        return [.. WeightsFile.Of(_task.Network).Select(w => KeyValuePair.Create(w.Key, masters.GetValueOrDefault(w.Key, w.Value)))];
    }

    // In 32 bits, too.
    private IReadOnlyList<KeyValuePair<string, Tensor>> LearntWeights()
    {
        IReadOnlyDictionary<string, Tensor> masters = _optimizer.Masters;
        return [.. _placed.Learning.Select(p => KeyValuePair.Create(p.Name, masters.GetValueOrDefault(p.Name, p.Parameter)))];
    }

    private void FindLearningRate()
    {
        if (_context.Reducer is not null) throw new ArgumentException($"{_context.Owner}: FindLearningRate is set, but several processes train together, which would each find their own; expected false, and a LearningRate.");
        double found = new LearningRateFinder(_task, _placed.Learning, _options, _plan, _gradients).Find(_context.Owner);
        _state = _state with { FoundLearningRate = found };
        _context.Log?.Invoke(FormattableString.Invariant($"The range test found a learning rate of {found:0.##e+0}."));
    }

    private void SaveCheckpoint()
    {
        if (_plan.Checkpoints is null || _state.Step == 0) return;
        _plan.Checkpoints.Save(_state, _task.Network, OptimizerTensors());
    }

    private void LoadCheckpoint()
    {
        _average?.Resume(_state.Step, LearntWeights());
        _plan.Checkpoints!.Load(_state, _task.Network, OptimizerTensors());
        _optimizer.StepCount = _state.Step;
        _context.Log?.Invoke($"Resumed after step {_state.Step} of {_plan.Schedule.TotalSteps} from '{_plan.Checkpoints.PathOf(_state.Step)}'.");
    }

    private IReadOnlyList<KeyValuePair<string, Tensor>> OptimizerTensors() => [.. _optimizer.State.Concat(_average?.State ?? []).Select(s => KeyValuePair.Create(s.Name, s.Tensor))];

    private void CheckCancellation()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        _context.CheckCancellation?.Invoke();
    }

    // A loss that is no number says that the weights before are ruined, too, although they were still numbers.
    private TrainingDivergedException Diverged(string what, double value, double rate, bool ruined = false)
    {
        if (ruined) _plan.Checkpoints?.SetAside(_state.Step);
        string kept = _plan.Checkpoints?.Newest is { } folder ? $" The weights before are in '{folder}'." : "";
        return new TrainingDivergedException(
            FormattableString.Invariant($"{_context.Owner}: the {what} is {value} at step {_state.Step + 1} of {_plan.Schedule.TotalSteps}, learning rate {rate:0.###e+0}; expected a finite number. Try a lower LearningRate, a longer warm-up (WarmupRatio is {_options.WarmupRatio}), a lower MaxGradientNorm, or Precision = Float32; and look for labels or weights that are not numbers.{kept}"),
            _state.Step + 1);
    }
}
