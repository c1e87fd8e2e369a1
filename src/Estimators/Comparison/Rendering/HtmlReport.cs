using System.Net;
using System.Text;
using OxyPlot;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report as one page that loads nothing: styles and plots stand in it.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #f3f5f7; --line: #d5dae0; --grid: #d5dae080; --hit: 0, 114, 178; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #14171a; --soft: #1e2328; --line: #3a424b; --grid: #3a424b80; --hit: 86, 180, 233; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 72rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
        .verdict { padding: .8rem 1rem; background: var(--soft); border-left: 4px solid rgb(var(--hit)); }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
        figure { margin: 0; } figcaption { font-weight: 600; } svg { display: block; width: 100%; height: auto; }
        svg text { font-family: system-ui, sans-serif; }
        .legend span { display: inline-block; margin-right: 1.2rem; } .legend i { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .4em; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
        th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
        details { margin: .5rem 0; } summary { cursor: pointer; padding: .3rem 0; }
        .confusion td { border: 1px solid var(--line); }
        """;

    public static string Write(ComparisonReport report)
    {
        var html = new StringBuilder();
        html.Append($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Text(report.Options.Title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n");
        html.Append($"<h1>{Text(report.Options.Title)}</h1>\n<p class=\"verdict\">{Text(report.Verdict)}</p>\n");
        html.Append("<div class=\"plots\">\n");
        Append(html, "accuracy", "Accuracy with interval", ReportPlots.Accuracy(report));
        Append(html, "curve", "Accuracy by labels a class", ReportPlots.LearningCurve(report));
        Append(html, "cost", "Accuracy by speed", ReportPlots.Cost(report));
        html.Append("</div>\n<p class=\"legend\">");
        foreach ((int i, CandidateResult candidate) in report.Candidates.Index()) html.Append($"<span><i style=\"background:{ReportPlots.Css(i)}\"></i>{Text(candidate.Name)}</span> ");
        html.Append("</p>\n");
        Append(html, ReportTables.Summary(report));
        if (ReportTables.LearningCurve(report) is { } curve) Append(html, curve);
        Append(html, ReportTables.Cost(report));
        Append(html, ReportTables.PerClass(report));
        html.Append("<h2>Confusion: rows by true class, columns by predicted class</h2>\n");
        foreach (CandidateResult candidate in report.Candidates) AppendConfusion(html, report.Classes, candidate);
        html.Append("<h2>Notes</h2>\n<ul>\n");
        foreach (string note in ReportTables.Notes(report)) html.Append($"<li>{Text(note)}</li>\n");
        return html.Append("</ul>\n</body>\n</html>\n").ToString();
    }

    private static void Append(StringBuilder html, string id, string caption, PlotModel? plot)
    {
        if (plot is not null) html.Append($"<figure><figcaption>{Text(caption)}</figcaption>{SvgPlot.Write(plot, caption, id)}</figure>\n");
    }

    private static void Append(StringBuilder html, ReportTable table)
    {
        html.Append($"<h2>{Text(table.Title)}</h2>\n<div class=\"wide\"><table>\n<thead><tr>");
        foreach (string header in table.Headers) html.Append($"<th>{Text(header)}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows) html.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        html.Append("</tbody></table></div>\n");
    }

    private static void AppendConfusion(StringBuilder html, IReadOnlyList<string> classes, CandidateResult candidate)
    {
        html.Append($"<details><summary>{Text(candidate.Name)}</summary>\n<div class=\"wide\"><table class=\"confusion\">\n<tr><th></th>");
        foreach (string name in classes) html.Append($"<th>{Text(name)}</th>");
        html.Append("</tr>\n");
        for (int truth = 0; truth < classes.Count; truth++)
        {
            html.Append($"<tr><td>{Text(classes[truth])}</td>");
            double support = Math.Max(1, candidate.Full.Confusion.Support(truth));
            for (int predicted = 0; predicted < classes.Count; predicted++)
            {
                long count = candidate.Full.Confusion[truth, predicted];
                html.Append(Figures.Culture, $"<td style=\"background:rgba(var(--hit),{0.6 * count / support:0.00})\">{Figures.Count(count)}</td>");
            }
            html.Append("</tr>\n");
        }
        html.Append("</table></div></details>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
