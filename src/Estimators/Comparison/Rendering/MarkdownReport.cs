using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report as Markdown.</summary>
internal static class MarkdownReport
{
    public static string Write(ComparisonReport report)
    {
        var text = new StringBuilder($"# {MarkdownText.Escape(report.Options.Title)}\n\n{MarkdownText.Escape(report.Verdict)}\n");
        foreach (ReportTable table in new[] { ReportTables.Summary(report), ReportTables.LearningCurve(report), ReportTables.Cost(report), ReportTables.Teacher(report), ReportTables.PerClass(report) }.OfType<ReportTable>())
            MarkdownText.AppendTable(text, table);
        foreach (CandidateResult candidate in report.Candidates)
        {
            text.Append($"\n## Errors of {MarkdownText.Escape(candidate.Name)}\n");
            foreach (ReportTable table in ErrorTables.Of(candidate.Full.Confusion, report.Classes)) MarkdownText.AppendTable(text, table, "###");
            MarkdownText.AppendRows(text, ErrorTables.Lists(candidate.Errors), "###");
            if (candidate.AgainstTeacher is not { } difference) continue;
            if (ErrorTables.Disagreements(difference) is { } pairs) MarkdownText.AppendTable(text, pairs, "###");
            MarkdownText.AppendRows(text, ErrorTables.Differences(difference), "###");
        }
        text.Append("\n## Notes\n\n");
        foreach (string note in ReportTables.Notes(report)) text.Append($"- {MarkdownText.Escape(note)}\n");
        return text.ToString();
    }
}
