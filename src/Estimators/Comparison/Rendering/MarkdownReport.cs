using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report as Markdown.</summary>
internal static class MarkdownReport
{
    public static string Write(ComparisonReport report)
    {
        var text = new StringBuilder($"# {Escape(report.Options.Title)}\n\n{Escape(report.Verdict)}\n");
        foreach (ReportTable table in new[] { ReportTables.Summary(report), ReportTables.LearningCurve(report), ReportTables.Cost(report), ReportTables.PerClass(report) }.OfType<ReportTable>())
        {
            text.Append($"\n## {table.Title}\n\n");
            Append(table.Headers);
            Append([.. table.Headers.Select((_, i) => i == 0 ? "---" : "---:")]);
            foreach (IReadOnlyList<string> row in table.Rows) Append([.. row.Select(Escape)]);
        }
        text.Append("\n## Notes\n\n");
        foreach (string note in ReportTables.Notes(report)) text.Append($"- {Escape(note)}\n");
        return text.ToString();

        void Append(IReadOnlyList<string> cells) => text.Append($"| {string.Join(" | ", cells)} |\n");
    }

    // Names come from users; a bar or a line break in one must not break the table, nor a tag the page it ends up on.
    private static string Escape(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
