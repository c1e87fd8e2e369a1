using System.Net;
using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>What pages of reports have in common: one file that loads nothing, on a phone as at a desk, by day and by night.</summary>
internal static class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #f3f5f7; --line: #d5dae0; --grid: #d5dae080; --hit: 0, 114, 178; --miss: 213, 94, 0; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #14171a; --soft: #1e2328; --line: #3a424b; --grid: #3a424b80; --hit: 86, 180, 233; --miss: 213, 94, 0; } }
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
        .confusion td { border: 1px solid var(--line); } .confusion th { font-weight: 600; }
        .rows { padding-left: 1.6rem; } .rows li { padding: .5rem 0; border-bottom: 1px solid var(--line); } .rows p { margin: .2rem 0; }
        .said { font-size: .9rem; } .text { white-space: pre-wrap; overflow-wrap: anywhere; } .column { font-size: .8rem; opacity: .7; }
        mark { color: inherit; background: none; border-radius: .2em; }
        """;

    public static StringBuilder Begin(string title) => new StringBuilder()
        .Append($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Text(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{Text(title)}</h1>\n");

    public static string End(StringBuilder html) => html.Append("</body>\n</html>\n").ToString();

    public static void AppendTable(StringBuilder html, ReportTable table, string heading = "h2")
    {
        html.Append($"<{heading}>{Text(table.Title)}</{heading}>\n<div class=\"wide\"><table>\n<thead><tr>");
        foreach (string header in table.Headers) html.Append($"<th>{Text(header)}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows) html.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        html.Append("</tbody></table></div>\n");
    }

    public static string Text(ReadOnlySpan<char> text) => WebUtility.HtmlEncode(text.ToString());
}
