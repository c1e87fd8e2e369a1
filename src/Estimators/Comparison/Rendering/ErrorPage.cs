using System.Text;
using System.Text.Json;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The forms of an <see cref="ErrorReport"/>.</summary>
internal static class ErrorPage
{
    public static string ToText(ErrorReport report)
    {
        var text = new StringBuilder().AppendLine(Headline(report)).AppendLine();
        foreach (ReportTable table in ErrorTables.Of(report.Confusion, report.Classes)) TextTable.Append(text, table);
        foreach ((string title, IReadOnlyList<RowPrediction> rows) in ErrorTables.Lists(report.Errors))
        {
            text.AppendLine(title);
            foreach (RowPrediction row in rows) text.AppendLine($"  {ErrorTables.Said(row)}: {string.Join(" / ", row.Texts.Select(ErrorTables.OneLine))}");
            text.AppendLine();
        }
        if (NoColours(report) is { } note) text.AppendLine(note);
        return text.ToString();
    }

    public static string ToMarkdown(ErrorReport report)
    {
        var text = new StringBuilder($"# {MarkdownText.Escape(report.Options.Title)}\n\n{Headline(report)}\n");
        foreach (ReportTable table in (IEnumerable<ReportTable>)[PerClass(report), .. ErrorTables.Of(report.Confusion, report.Classes)]) MarkdownText.AppendTable(text, table);
        MarkdownText.AppendRows(text, ErrorTables.Lists(report.Errors), "##");
        if (NoColours(report) is { } note) text.Append($"\n{MarkdownText.Escape(note)}\n");
        return text.ToString();
    }

    public static string ToHtml(ErrorReport report)
    {
        StringBuilder html = HtmlPage.Begin(report.Options.Title).Append($"<p class=\"verdict\">{HtmlPage.Text(Headline(report))}</p>\n<h2>Confusion: rows by true class, columns by predicted class</h2>\n");
        HtmlConfusion.Append(html, report.Classes, report.Confusion);
        if (ErrorTables.MostConfused(report.Confusion, report.Classes) is { } pairs) HtmlPage.AppendTable(html, pairs);
        HtmlPage.AppendTable(html, PerClass(report));
        HtmlRows.AppendLegend(html, [report.Errors]);
        HtmlRows.Append(html, ErrorTables.Lists(report.Errors), "h2");
        if (NoColours(report) is { } note) html.Append($"<p>{HtmlPage.Text(note)}</p>\n");
        return HtmlPage.End(html);
    }

    private static string? NoColours(ErrorReport report) => report.Errors.AttributionError is { } error ? $"Words could not be coloured: {error}" : null;

    public static string ToJson(ErrorReport report) => JsonSerializer.Serialize(new
    {
        report.Options.Title,
        report.Classes,
        TestRows = report.Confusion.RowCount,
        report.Confusion.Accuracy,
        report.Confusion.MacroF1,
        report.LogLoss,
        F1ByClass = Enumerable.Range(0, report.Classes.Count).Select(report.Confusion.F1),
        Confusion = JsonErrors.Confusion(report.Confusion),
        Errors = JsonErrors.Of(report.Errors),
    }, JsonErrors.Options);

    private static string Headline(ErrorReport report)
    {
        long wrong = report.Confusion.RowCount - Enumerable.Range(0, report.Classes.Count).Sum(c => report.Confusion[c, c]);
        return $"{Figures.Count(wrong)} of {Figures.Count(report.Confusion.RowCount)} rows are wrong: accuracy {Figures.Score(report.Confusion.Accuracy)}, macro-F1 {Figures.Score(report.Confusion.MacroF1)}{(report.LogLoss is { } loss ? $", log-loss {Figures.Score(loss)}" : "")}.";
    }

    private static ReportTable PerClass(ErrorReport report) => new("By class", ["Class", "Rows", "Predicted", "Precision", "Recall", "F1"], [.. report.Classes.Select((name, c) => (string[])
    [
        name,
        Figures.Count(report.Confusion.Support(c)),
        Figures.Count(report.Confusion.Predicted(c)),
        Figures.Score(report.Confusion.Precision(c)),
        Figures.Score(report.Confusion.Recall(c)),
        Figures.Score(report.Confusion.F1(c)),
    ])]);
}
