using static MLNet.Pretrain.Comparison.Rendering.Figures;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>One table: the first column names, the others hold figures.</summary>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>The report's tables, the same in every form.</summary>
internal static class ReportTables
{
    public static ReportTable Summary(ComparisonReport report)
    {
        string interval = $"{Math.Round(100 * report.Options.Confidence)} %";
        return new("Accuracy", ["Candidate", "Accuracy", interval, "Macro-F1", interval, "Log-loss", "± baseline", "p"], [.. report.Candidates.Select(c => new[]
        {
            c.Name,
            Score(c.Full.Accuracy),
            Interval(c.Full.AccuracyInterval, Score),
            Score(c.Full.MacroF1),
            Interval(c.Full.MacroF1Interval, Score),
            Score(c.Full.LogLoss),
            c.AgainstBaseline is { } d ? $"{SignedPoints(d.Accuracy)} {Interval(d.AccuracyInterval, SignedPoints)}" : "baseline",
            c.AgainstBaseline is { } e ? PValue(e.PValue) : "",
        })]);
    }

    public static ReportTable Cost(ComparisonReport report) =>
        new("Cost", ["Candidate", "Fit", "Rows/s", "One row, ms: p50", "p95", "p99", "Model", "Memory"], [.. report.Candidates.Select(c => new[]
        {
            c.Name,
            Duration(c.Full.FitTime),
            Count(c.Full.RowsPerSecond),
            c.Latency is { } a ? Milliseconds(a.Median) : None,
            c.Latency is { } b ? Milliseconds(b.P95) : None,
            c.Latency is { } l ? Milliseconds(l.P99) : None,
            c.SaveError is null ? Megabytes(c.ModelBytes) : "not saveable",
            $"+{Megabytes(c.Full.AddedMemoryBytes)}",
        })]);

    /// <summary>Accuracy over label budgets; null where there was none.</summary>
    public static ReportTable? LearningCurve(ComparisonReport report)
    {
        IReadOnlyList<CandidateMeasurement> steps = report.Candidates[0].LearningCurve;
        if (steps.Count < 2) return null;
        return new("Accuracy by labels a class", ["Candidate", .. steps.Select(s => s.LabelsPerClass is { } n ? Count(n) : "all")], [.. report.Candidates.Select(c =>
            (string[])[c.Name, .. c.LearningCurve.Select(m => Score(m.Accuracy))])]);
    }

    public static ReportTable PerClass(ComparisonReport report) =>
        new("F1 by class", ["Class", "Rows", .. report.Candidates.Select(c => c.Name)], [.. report.Classes.Select((name, i) =>
            (string[])[name, Count(report.Candidates[0].Full.Confusion.Support(i)), .. report.Candidates.Select(c => Score(c.Full.Confusion.F1(i)))])]);

    public static IEnumerable<string> Notes(ComparisonReport report)
    {
        foreach (string note in report.Options.Notes) yield return note;
        yield return $"{Count(report.Candidates[0].Full.TrainRows)} training rows, {Count(report.TestRows)} test rows, {report.Classes.Count} classes. The same rows for every candidate, nothing tuned on the test rows by this comparison.";
        yield return $"Intervals: percentile bootstrap over test rows, {Count(report.Options.BootstrapResamples)} resamples; the difference to the baseline is paired. p: McNemar's exact test with Holm's correction for {report.Candidates.Count - 1} candidate(s).";
        yield return "Costs: fit and rows/s are one run each; one row is timed through the row mapper, as a prediction engine runs it; memory is how far the process's resident memory rose while fitting and scoring.";
        yield return $"Machine: {report.Machine}.";
        foreach (CandidateResult c in report.Candidates.Where(c => c.Errors.AttributionError is not null)) yield return $"The words of '{c.Name}' could not be coloured: {c.Errors.AttributionError}";
        foreach (CandidateResult c in report.Candidates.Where(c => c.SaveError is not null)) yield return $"'{c.Name}' cannot be saved: {c.SaveError}";
    }
}
