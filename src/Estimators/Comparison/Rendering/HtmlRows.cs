using System.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Test rows with their texts, words coloured by what they added to the prediction.</summary>
internal static class HtmlRows
{
    private const double Deepest = 0.5, Faintest = 0.03;   // deeper would be hard to read by night

    private const string Legend = "<p>Words in <mark style=\"background:rgba(var(--hit),0.5)\">this colour</mark> speak for the predicted class, those in <mark style=\"background:rgba(var(--miss),0.5)\">this one</mark> against it, the more the deeper (integrated gradients, in log-odds). The deepest colour is the most of each row, whether that is much or little.</p>\n";

    /// <summary>What the colours mean; nothing where none of these models has any.</summary>
    public static void AppendLegend(StringBuilder html, IEnumerable<ModelErrors> models)
    {
        if (models.Any(errors => errors.Mistakes.Concat(errors.ChosenRows).Any(row => row.Attribution is not null))) html.Append(Legend);
    }

    /// <summary>Lists of rows under their titles.</summary>
    public static void Append(StringBuilder html, IEnumerable<(string Title, IReadOnlyList<RowPrediction> Rows)> lists, string heading)
    {
        foreach ((string title, IReadOnlyList<RowPrediction> rows) in lists)
        {
            html.Append($"<{heading}>{title}</{heading}>\n");
            Append(html, rows);
        }
    }

    private static void Append(StringBuilder html, IReadOnlyList<RowPrediction> rows)
    {
        html.Append("<ol class=\"rows\">\n");
        foreach (RowPrediction row in rows)
        {
            html.Append($"<li><p class=\"said\">{Said(row)}</p>\n");
            float largest = row.Attribution is { Tokens.Count: > 0 } found ? found.Tokens.Max(token => Math.Abs(token.Value)) : 0;
            foreach ((int i, RowText text) in row.Texts.Index())
            {
                html.Append("<p class=\"text\" dir=\"auto\">");
                if (row.Texts.Count > 1) html.Append($"<span class=\"column\">{HtmlPage.Text(text.Column)}:</span> ");
                Append(html, text, i < 2 && row.Attribution is { } attribution ? attribution.Tokens.Where(token => token.InPair == (i == 1)) : [], largest);
                html.Append("</p>\n");
            }
            html.Append("</li>\n");
        }
        html.Append("</ol>\n");
    }

    private static string Said(RowPrediction row)
    {
        string predicted = row.Predicted is { } name ? $"<b>{HtmlPage.Text(name)}</b>" : "no class";
        string said = row.Truth == row.Predicted ? $"{predicted}, as predicted" : row.Truth is { } truth ? $"<b>{HtmlPage.Text(truth)}</b> taken for {predicted}" : $"predicted {predicted}";
        string probability = row.Probability is { } p ? $", probability {Figures.Score(p)}" : "";
        string other = row.Attribution is { Class: { } explained } && explained != row.Predicted ? $", colours for <b>{HtmlPage.Text(explained)}</b>" : "";
        string logOdds = row.Attribution is { } a ? string.Create(Figures.Culture, $" · log-odds {a.BaselineOutput:+0.00;-0.00} without its words, {a.Sum:+0.00;-0.00} by them") : "";
        string teacher = row.Teacher is { } taught ? $" (teacher: <b>{HtmlPage.Text(taught)}</b>)" : "";
        return $"{said}{teacher}{probability}{other}{logOdds} · row {row.Row.ToString(Figures.Culture)}";
    }

    private static void Append(StringBuilder html, RowText text, IEnumerable<TokenAttribution> tokens, float largest)
    {
        int at = 0;
        foreach (TokenAttribution token in tokens)
        {
            (int start, int end) = (token.Start, Math.Min(token.Start + token.Length, text.Text.Length));
            double depth = largest == 0 ? 0 : Deepest * Math.Abs(token.Value) / largest;
            if (start >= end || depth < Faintest) continue;
            html.Append(HtmlPage.Text(text.Text.AsSpan(at, start - at)));
            html.Append(Figures.Culture, $"<mark style=\"background:rgba(var({(token.Value > 0 ? "--hit" : "--miss")}),{depth:0.00})\" title=\"{token.Value:+0.00;-0.00}\">{HtmlPage.Text(text.Text.AsSpan(start, end - start))}</mark>");
            at = end;
        }
        html.Append(HtmlPage.Text(text.Text.AsSpan(at)));
        if (text.IsCut) html.Append('…');
    }
}
