using System.Text.Json;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Every figure of the report as JSON, for other programs: seconds, bytes, parts of one.</summary>
internal static class JsonReport
{
    public static string Write(ComparisonReport report) => JsonSerializer.Serialize(new
    {
        report.Options.Title,
        report.Baseline,
        report.Options.Teacher,
        report.Verdict,
        report.Classes,
        report.TestRows,
        report.Options.Confidence,
        report.Machine,
        Notes = ReportTables.Notes(report),
        Candidates = report.Candidates.Select(c => new
        {
            c.Name,
            c.ModelBytes,
            c.SaveError,
            LatencySeconds = c.Latency is { } l ? new { Median = l.Median.TotalSeconds, P95 = l.P95.TotalSeconds, P99 = l.P99.TotalSeconds } : null,
            AgainstBaseline = c.AgainstBaseline is { } d
                ? new { d.Accuracy, AccuracyInterval = new[] { d.AccuracyInterval.Low, d.AccuracyInterval.High }, OnlyThisRight = d.McNemar.FirstOnly, OnlyBaselineRight = d.McNemar.SecondOnly, McNemarP = d.McNemar.PValue, HolmP = d.PValue }
                : null,
            AgainstTeacher = c.AgainstTeacher is { } t ? JsonErrors.Of(t) : null,
            Errors = JsonErrors.Of(c.Errors),
            LearningCurve = c.LearningCurve.Select(m => Measurement(m, report.Classes.Count)),
        }),
    }, JsonErrors.Options);

    private static object Measurement(CandidateMeasurement m, int classes) => new
    {
        m.LabelsPerClass,
        m.TrainRows,
        m.Accuracy,
        AccuracyInterval = new[] { m.AccuracyInterval.Low, m.AccuracyInterval.High },
        m.MacroF1,
        MacroF1Interval = new[] { m.MacroF1Interval.Low, m.MacroF1Interval.High },
        m.LogLoss,
        FitSeconds = m.FitTime?.TotalSeconds,
        m.RowsPerSecond,
        m.AddedMemoryBytes,
        F1ByClass = Enumerable.Range(0, classes).Select(m.Confusion.F1),
        Confusion = JsonErrors.Confusion(m.Confusion),
    };
}
