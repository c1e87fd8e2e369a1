using System.Text;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>A confusion matrix as a shaded table: one colour for what is right, another for mistakes, deeper the larger its part of the true class.</summary>
internal static class HtmlConfusion
{
    private const double Deepest = 0.5, Faintest = 0.06;

    public static void Append(StringBuilder html, IReadOnlyList<string> classes, ConfusionCounts confusion)
    {
        ConfusionTable table = ConfusionTable.Of(confusion, classes);
        html.Append("<div class=\"wide\"><table class=\"confusion\">\n<tr><th></th>");
        foreach (string name in table.ColumnNames) html.Append($"<th scope=\"col\">{HtmlPage.Text(name)}</th>");
        html.Append("</tr>\n");
        for (int truth = 0; truth < table.RowNames.Count; truth++)
        {
            html.Append($"<tr><th scope=\"row\">{HtmlPage.Text(table.RowNames[truth])}</th>");
            for (int predicted = 0; predicted < table.ColumnNames.Count; predicted++) html.Append($"<td{Shade(table, truth, predicted)}>{Figures.Count(table.Counts[truth, predicted])}</td>");
            html.Append("</tr>\n");
        }
        html.Append("</table></div>\n");
    }

    private static string Shade(ConfusionTable table, int truth, int predicted) => table.Counts[truth, predicted] == 0
        ? ""
        : string.Create(Figures.Culture, $" style=\"background:rgba(var({(table.IsRight(truth, predicted) ? "--hit" : "--miss")}),{Faintest + (Deepest - Faintest) * table.Share(truth, predicted):0.00})\"");
}
