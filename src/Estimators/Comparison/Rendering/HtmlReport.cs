using System.Text;
using OxyPlot;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report as one page that loads nothing: styles and plots stand in it.</summary>
internal static class HtmlReport
{
    public static string Write(ComparisonReport report)
    {
        StringBuilder html = HtmlPage.Begin(report.Options.Title);
        html.Append($"<p class=\"verdict\">{HtmlPage.Text(report.Verdict)}</p>\n");
        html.Append("<div class=\"plots\">\n");
        Append(html, "accuracy", "Accuracy with interval", ReportPlots.Accuracy(report));
        Append(html, "curve", "Accuracy by labels a class", ReportPlots.LearningCurve(report));
        Append(html, "cost", "Accuracy by speed", ReportPlots.Cost(report));
        html.Append("</div>\n<p class=\"legend\">");
        foreach ((int i, CandidateResult candidate) in report.Candidates.Index()) html.Append($"<span><i style=\"background:{ReportPlots.Css(i)}\"></i>{HtmlPage.Text(candidate.Name)}</span> ");
        html.Append("</p>\n");
        HtmlPage.AppendTable(html, ReportTables.Summary(report));
        if (ReportTables.LearningCurve(report) is { } curve) HtmlPage.AppendTable(html, curve);
        HtmlPage.AppendTable(html, ReportTables.Cost(report));
        if (ReportTables.Teacher(report) is { } teacher) HtmlPage.AppendTable(html, teacher);
        HtmlPage.AppendTable(html, ReportTables.PerClass(report));
        html.Append("<h2>Confusion: rows by true class, columns by predicted class</h2>\n");
        Append(html, report.Candidates, candidate =>
        {
            HtmlConfusion.Append(html, report.Classes, candidate.Full.Confusion);
            if (ErrorTables.MostConfused(candidate.Full.Confusion, report.Classes) is { } pairs) HtmlPage.AppendTable(html, pairs, "h3");
        });
        AppendRows(html, report.Candidates);
        AppendDifferences(html, [.. report.Candidates.Where(c => c.AgainstTeacher?.Disagreements.Count > 0)]);
        html.Append("<h2>Notes</h2>\n<ul>\n");
        foreach (string note in ReportTables.Notes(report)) html.Append($"<li>{HtmlPage.Text(note)}</li>\n");
        return HtmlPage.End(html.Append("</ul>\n"));
    }

    private static void Append(StringBuilder html, string id, string caption, PlotModel? plot)
    {
        if (plot is not null) html.Append($"<figure><figcaption>{HtmlPage.Text(caption)}</figcaption>{SvgPlot.Write(plot, caption, id)}</figure>\n");
    }

    private static void AppendRows(StringBuilder html, IReadOnlyList<CandidateResult> candidates)
    {
        if (candidates.All(c => c.Errors.Mistakes.Count + c.Errors.ChosenRows.Count == 0)) return;
        html.Append("<h2>Mistakes</h2>\n");
        HtmlRows.AppendLegend(html, candidates.Select(c => c.Errors));
        Append(html, candidates, candidate => HtmlRows.Append(html, ErrorTables.Lists(candidate.Errors), "h3"));
    }

    private static void AppendDifferences(StringBuilder html, IReadOnlyList<CandidateResult> candidates)
    {
        if (candidates.Count == 0) return;
        html.Append("<h2>Differences from the teacher</h2>\n");
        Append(html, candidates, candidate =>
        {
            HtmlPage.AppendTable(html, ErrorTables.Disagreements(candidate.AgainstTeacher!)!, "h3");
            HtmlRows.Append(html, ErrorTables.Differences(candidate.AgainstTeacher!), "h3");
        });
    }

    private static void Append(StringBuilder html, IReadOnlyList<CandidateResult> candidates, Action<CandidateResult> append)
    {
        foreach (CandidateResult candidate in candidates)
        {
            html.Append($"<details><summary>{HtmlPage.Text(candidate.Name)}</summary>\n");
            append(candidate);
            html.Append("</details>\n");
        }
    }
}
