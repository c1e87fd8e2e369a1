using System.Globalization;
using MLNet.Pretrain.Training;
using Spectre.Console;

namespace PretrainEncoder;

/// <summary>A bar where there is a terminal, else a line every half a minute.</summary>
public sealed class PretrainingDisplay(string name) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(30);

    private ProgressTask? _bar;
    private TimeSpan _lastLine;

    /// <summary>Shows the bar while an action runs.</summary>
    public T Run<T>(Func<T> action)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive) return action();
        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                _bar = context.AddTask(name);
                return action();
            });
    }

    void IProgress<TrainingProgress>.Report(TrainingProgress value)
    {
        string line = string.Create(CultureInfo.InvariantCulture,
            $"{name} {value.Step}/{value.TotalSteps}, loss {value.Loss:0.000}, {value.TokensPerSecond:0} tokens/s, model-FLOPs utilisation {value.ModelFlopsUtilization:0.00}, waiting for data {value.DataWaitShare:0.0%}, {value.Remaining:hh\\:mm\\:ss} left");
        if (_bar is not null) (_bar.MaxValue, _bar.Value, _bar.Description) = (value.TotalSteps, value.Step, Markup.Escape(line));
        else if (value.Elapsed - _lastLine >= s_every || value.Metrics is not null)
        {
            _lastLine = value.Elapsed;
            string metrics = value.Metrics is null ? "" : "; validation " + string.Join(", ", value.Metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.000}")));
            Console.WriteLine(line + metrics);
        }
    }
}
