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

    /// <summary>What each candidate keeps of the teacher and costs beside it; null where there is none.</summary>
    public static ReportTable? Teacher(ComparisonReport report)
    {
        if (report.Options.Teacher is not { } name) return null;
        CandidateResult teacher = report[name];
        string interval = $"{Math.Round(100 * report.Options.Confidence)} %";
        return new("What students keep", [$"Beside '{name}'", "Accuracy kept", interval, "Agreement", interval, "Rows/s", "One row", "Model", "Teacher alone right", "This alone right"],
            [.. report.Candidates.Where(c => c.AgainstTeacher is not null).Select(c => (Candidate: c, Difference: c.AgainstTeacher!)).Select(x => new[]
            {
                x.Candidate.Name,
                Part(x.Difference.AccuracyKept),
                Interval(x.Difference.AccuracyKeptInterval, Part),
                Score(x.Difference.Agreement),
                Interval(x.Difference.AgreementInterval, Score),
                Times(x.Candidate.Full.RowsPerSecond / teacher.Full.RowsPerSecond),
                x.Candidate.Latency?.Median / teacher.Latency?.Median is { } latency ? Times(latency) : None,
                (double?)x.Candidate.ModelBytes / teacher.ModelBytes is { } size ? Times(size) : None,
                Count(x.Difference.OnlyTeacherRight),
                Count(x.Difference.OnlyThisRight),
            })]);
    }

    /// <summary>Accuracy over label budgets; null where there was none.</summary>
    public static ReportTable? LearningCurve(ComparisonReport report)
    {
        // Candidates that came fitted have one step, all rows.
        IReadOnlyList<CandidateMeasurement> steps = report.Candidates.MaxBy(c => c.LearningCurve.Count)!.LearningCurve;
        if (steps.Count < 2) return null;
        return new("Accuracy by labels a class", ["Candidate", .. steps.Select(s => s.LabelsPerClass is { } n ? Count(n) : "all")], [.. report.Candidates.Select(c =>
            (string[])[c.Name, .. steps.Select(s => Score(c.LearningCurve.SingleOrDefault(m => m.LabelsPerClass == s.LabelsPerClass)?.Accuracy))])]);
    }

    public static ReportTable PerClass(ComparisonReport report) =>
        new("F1 by class", ["Class", "Rows", .. report.Candidates.Select(c => c.Name)], [.. report.Classes.Select((name, i) =>
            (string[])[name, Count(report.Candidates[0].Full.Confusion.Support(i)), .. report.Candidates.Select(c => Score(c.Full.Confusion.F1(i)))])]);

    public static IEnumerable<string> Notes(ComparisonReport report)
    {
        foreach (string note in report.Options.Notes) yield return note;
        string trained = report.Candidates.Select(c => c.Full.TrainRows).FirstOrDefault(rows => rows is not null) is { } rows ? $"{Count(rows)} training rows, " : "";
        string[] fitted = [.. report.Candidates.Where(c => c.CameFitted).Select(c => $"'{c.Name}'")];
        if (fitted.Length > 0) yield return $"{string.Join(", ", fitted)} came fitted: on which rows, this comparison does not know; memory is that of scoring alone.";
        yield return $"{trained}{Count(report.TestRows)} test rows, {report.Classes.Count} classes. The same rows for every candidate that was fitted here, nothing tuned on the test rows by this comparison.";
        yield return $"Intervals: percentile bootstrap over test rows, {Count(report.Options.BootstrapResamples)} resamples; the difference to the baseline is paired. p: McNemar's exact test with Holm's correction for {report.Candidates.Count - 1} candidate(s).";
        yield return "Costs: fit and rows/s are one run each; one row is timed through the row mapper, as a prediction engine runs it; memory is how far the process's resident memory rose while fitting and scoring.";
        yield return $"Machine: {report.Machine}.";
        foreach (CandidateResult c in report.Candidates.Where(c => c.Errors.AttributionError is not null)) yield return $"The words of '{c.Name}' could not be coloured: {c.Errors.AttributionError}";
        foreach (CandidateResult c in report.Candidates.Where(c => c.SaveError is not null)) yield return $"'{c.Name}' cannot be saved: {c.SaveError}";
    }
}
