using System.Diagnostics;
using System.Globalization;

namespace MLNet.Pretrain.Training;

/// <summary>Counts rows, tokens and time, and tells the user's progress and the log.</summary>
internal sealed class TrainingProgressMeter(TrainingOptions options, TrainingContext context, long totalSteps, long firstStep)
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _evaluating, _lastLog;
    private long _rows, _tokens;

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

    public void Report(long step, double epoch, double loss, double learningRate, double gradientNorm, IReadOnlyDictionary<string, double>? metrics)
    {
        TimeSpan elapsed = _elapsed.Elapsed;
        double seconds = Math.Max((elapsed - _evaluating).TotalSeconds, 1e-9);
        var progress = new TrainingProgress
        {
            Step = step,
            TotalSteps = totalSteps,
            Epoch = epoch,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            RowsPerSecond = _rows / seconds,
            TokensPerSecond = _tokens / seconds,
            Elapsed = elapsed,
            Remaining = elapsed * ((totalSteps - step) / (double)Math.Max(1, step - firstStep)),
            Metrics = metrics,
        };
        options.Progress?.Report(progress);
        if (context.Log is null || (metrics is null && step != totalSteps && elapsed - _lastLog < s_logEvery)) return;
        _lastLog = elapsed;
        context.Log(Line(progress));
    }

    private static string Line(TrainingProgress p)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"step {p.Step}/{p.TotalSteps}, epoch {p.Epoch:0.00}, loss {p.Loss:0.0000}, learning rate {p.LearningRate:0.##e+0}, gradient {p.GradientNorm:0.000}, {p.RowsPerSecond:0.0} rows/s, {p.TokensPerSecond:0} tokens/s, {p.Remaining:hh\\:mm\\:ss} left");
        return p.Metrics is null ? line : line + "; validation: " + string.Join(", ", p.Metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.0000}")));
    }
}
