using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Training;
using Spectre.Console;

namespace CompareTextClassifiers;

/// <summary>Progress bars: one over all fits, one over the steps of the fit at work.</summary>
public sealed class ComparisonDisplay : IProgress<ComparisonProgress>, IProgress<TrainingProgress>
{
    private ProgressTask? _all;
    private ProgressTask? _current;

    /// <summary>Shows the bars while an action runs.</summary>
    public T Run<T>(Func<T> action) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
        .Start(context =>
        {
            _all = context.AddTask("Comparison");
            _current = context.AddTask("Reading");
            return action();
        });

    void IProgress<ComparisonProgress>.Report(ComparisonProgress value)
    {
        (_all!.MaxValue, _all.Value) = (value.FitsTotal, value.FitsDone);
        string data = value.LabelsPerClass is { } n ? $"{n} rows a class" : "all rows";
        if (value.Result is null)
        {
            (_current!.MaxValue, _current.Value, _current.IsIndeterminate) = (1, 0, true);
            _current.Description = Markup.Escape($"{value.Candidate}, {data}");
        }
        else
        {
            AnsiConsole.MarkupLineInterpolated($"{value.Candidate}, {data}: accuracy {value.Result.Accuracy:0.000}, fitted in {value.Result.FitTime?.TotalSeconds:0.0} s");
        }
    }

    void IProgress<TrainingProgress>.Report(TrainingProgress value) =>
        (_current!.IsIndeterminate, _current.MaxValue, _current.Value) = (false, value.TotalSteps, value.Step);
}
