using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Parts of Markdown reports.</summary>
internal static class MarkdownText
{
    public static void AppendTable(StringBuilder text, ReportTable table, string heading = "##")
    {
        text.Append($"\n{heading} {Escape(table.Title)}\n\n");
        Append([.. table.Headers.Select(Escape)]);
        Append([.. table.Headers.Select((_, i) => i == 0 ? "---" : "---:")]);
        foreach (IReadOnlyList<string> row in table.Rows) Append([.. row.Select(Escape)]);

        void Append(IReadOnlyList<string> cells) => text.Append($"| {string.Join(" | ", cells)} |\n");
    }

    /// <summary>Names come from users; a bar or a line break in one must not break the table, nor a tag the page it ends up on.</summary>
    public static string Escape(string text) => Literal(text.ReplaceLineEndings(" "));

    /// <summary>As a list, for texts are too wide for a table. What looks like Markdown in them is no Markdown.</summary>
    public static void AppendRows(StringBuilder text, IEnumerable<(string Title, IReadOnlyList<RowPrediction> Rows)> lists, string heading)
    {
        foreach ((string title, IReadOnlyList<RowPrediction> rows) in lists)
        {
            text.Append($"\n{heading} {title}\n\n");
            foreach (RowPrediction row in rows) text.Append($"- {Literal(ErrorTables.Said(row))}: {string.Join(" / ", row.Texts.Select(t => Literal(ErrorTables.OneLine(t))))}\n");
        }
    }

    private static string Literal(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '<') escaped.Append("&lt;");
            else if (c is '&') escaped.Append("&amp;");
            else if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '~') escaped.Append('\\').Append(c);
            else escaped.Append(c);
        }
        return escaped.ToString();
    }
}
