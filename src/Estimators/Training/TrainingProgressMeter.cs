using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace MLNet.Pretrain.Training;

/// <summary>Counts rows, tokens and time, and tells the user's progress, the metrics file and the log.</summary>
internal sealed class TrainingProgressMeter : IDisposable
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(10);

    private readonly TrainingOptions _options;
    private readonly TrainingContext _context;
    private readonly MetricsFile? _file;
    private readonly double _flopsPerToken, _peakFlops;
    private readonly long _totalSteps, _firstStep;
    private readonly Stopwatch _elapsed;
    private TimeSpan _evaluating, _lastLog;
    private long _rows, _tokens;

    public TrainingProgressMeter(ITrainingTask task, TrainingOptions options, TrainingContext context, torch.Device device, long totalSteps, long firstStep)
    {
        (_options, _context, _totalSteps, _firstStep, _flopsPerToken) = (options, context, totalSteps, firstStep, task.FlopsPerToken);
        if (options.MetricsFile is { } path) _file = new MetricsFile(path, firstStep);
        // Measured only where somebody looks at it.
        if (_flopsPerToken > 0 && (options.Progress is not null || _file is not null)) _peakFlops = PeakFlops.Measure(device, options.Precision);
        _elapsed = Stopwatch.StartNew();
    }

    public TimeSpan Elapsed => _elapsed.Elapsed;

    public void Count(TrainingBatch batch) => (_rows, _tokens) = (_rows + batch.Rows, _tokens + batch.Tokens);

    /// <summary>Runs an evaluation, whose time does not count in rates.</summary>
    public T Evaluating<T>(Func<T> evaluate)
    {
        TimeSpan start = _elapsed.Elapsed;
        T result = evaluate();
        _evaluating += _elapsed.Elapsed - start;
        return result;
    }

    public void Report(long step, double epoch, double loss, double learningRate, double gradientNorm, TimeSpan waited, IReadOnlyDictionary<string, double>? metrics)
    {
        TimeSpan elapsed = _elapsed.Elapsed;
        double seconds = Math.Max((elapsed - _evaluating).TotalSeconds, 1e-9);
        double? flops = _peakFlops > 0 ? _flopsPerToken * _tokens / seconds : null;
        var progress = new TrainingProgress
        {
            Step = step,
            TotalSteps = _totalSteps,
            Epoch = epoch,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            RowsPerSecond = _rows / seconds,
            TokensPerSecond = _tokens / seconds,
            ModelFlopsPerSecond = flops,
            ModelFlopsUtilization = flops / _peakFlops,
            DataWaitShare = waited.TotalSeconds / seconds,
            Precision = _options.Precision,
            Elapsed = elapsed,
            Remaining = elapsed * ((_totalSteps - step) / (double)Math.Max(1, step - _firstStep)),
            Metrics = metrics,
        };
        _file?.Write(progress);
        _options.Progress?.Report(progress);
        if (_context.Log is null || (metrics is null && step != _totalSteps && elapsed - _lastLog < s_logEvery)) return;
        _lastLog = elapsed;
        _context.Log(Line(progress));
    }

    public void Dispose() => _file?.Dispose();

    private static string Line(TrainingProgress p)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"step {p.Step}/{p.TotalSteps}, epoch {p.Epoch:0.00}, loss {p.Loss:0.0000}, learning rate {p.LearningRate:0.##e+0}, gradient {p.GradientNorm:0.000}, {p.RowsPerSecond:0.0} rows/s, {p.TokensPerSecond:0} tokens/s, {p.Remaining:hh\\:mm\\:ss} left");
        return p.Metrics is null ? line : line + "; validation: " + string.Join(", ", p.Metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.0000}")));
    }
}
