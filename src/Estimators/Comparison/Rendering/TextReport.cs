using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report for a console.</summary>
internal static class TextReport
{
    public static string Write(ComparisonReport report)
    {
        var text = new StringBuilder();
        foreach (ReportTable table in new[] { ReportTables.Summary(report), ReportTables.LearningCurve(report), ReportTables.Cost(report) }.OfType<ReportTable>())
        {
            int[] widths = [.. table.Headers.Select((header, i) => table.Rows.Select(r => r[i].Length).Append(header.Length).Max())];
            Append(table.Headers, widths);
            text.AppendLine(string.Join("  ", widths.Select(w => new string('-', w))));
            foreach (IReadOnlyList<string> row in table.Rows) Append(row, widths);
            text.AppendLine();
        }
        return text.AppendLine(report.Verdict).ToString();

        void Append(IReadOnlyList<string> cells, int[] widths) =>
            text.AppendLine(string.Join("  ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
    }
}
