using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report for a console.</summary>
internal static class TextReport
{
    public static string Write(ComparisonReport report)
    {
        var text = new StringBuilder();
        foreach (ReportTable table in new[] { ReportTables.Summary(report), ReportTables.LearningCurve(report), ReportTables.Cost(report), ReportTables.Teacher(report) }.OfType<ReportTable>()) TextTable.Append(text, table);
        return text.AppendLine(report.Verdict).ToString();
    }
}
