using System.Text;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Confusion as tables, and shown rows as sentences, for the forms that have no colours.</summary>
internal static class ErrorTables
{
    // A console and a page of Markdown are narrower than a page that scrolls.
    private const int MostClasses = 10;
    private const int MostPairs = 10;
    private const int LineLength = 200;

    /// <summary>The confusion matrix and, where there are more than two classes, the pairs most often confused.</summary>
    public static IEnumerable<ReportTable> Of(ConfusionCounts confusion, IReadOnlyList<string> classes)
    {
        ConfusionTable table = ConfusionTable.Of(confusion, classes, MostClasses);
        yield return new("Confusion", ["True \\ predicted", .. table.ColumnNames], [.. table.RowNames.Select((name, truth) =>
            (string[])[name, .. table.ColumnNames.Select((_, predicted) => Figures.Count(table.Counts[truth, predicted]))])]);
        if (MostConfused(confusion, classes) is { } pairs) yield return pairs;
    }

    /// <summary>The pairs most often confused; null where there are two classes only, or no mistakes.</summary>
    public static ReportTable? MostConfused(ConfusionCounts confusion, IReadOnlyList<string> classes)
    {
        string[][] rows = [.. ConfusionTable.MostConfused(confusion, MostPairs).Select(pair => (string[])
            [classes[pair.Truth], classes[pair.Predicted], Figures.Count(pair.Count), Figures.Score((double)pair.Count / confusion.Support(pair.Truth))])];
        return classes.Count < 3 || rows.Length == 0 ? null : new("Most confused", ["True class", "Taken for", "Rows", "Part of the class"], rows);
    }

    /// <summary>The lists of rows that are shown, with what they are.</summary>
    public static IEnumerable<(string Title, IReadOnlyList<RowPrediction> Rows)> Lists(ModelErrors errors)
    {
        string mistakes = errors.Mistakes.Any(row => row.Probability is not null) ? "Most confident mistakes" : "First mistakes, as there are no probabilities";
        if (errors.Mistakes.Count > 0) yield return ($"{mistakes} (rows count from 0)", errors.Mistakes);
        if (errors.ChosenRows.Count > 0) yield return ("Chosen rows", errors.ChosenRows);
    }

    /// <summary>What teacher and student say where they differ, as often as they do; null where they never do.</summary>
    public static ReportTable? Disagreements(TeacherDifference difference) => difference.Disagreements.Count == 0 ? null : new(
        "Where they differ",
        ["The teacher says", "This says", "Rows"],
        [.. difference.Disagreements.Take(MostPairs).Select(pair => (string[])[pair.Teacher ?? Figures.None, pair.Candidate ?? Figures.None, Figures.Count(pair.Rows)])]);

    /// <summary>The rows on which teacher and student differ, as a list to show.</summary>
    public static IEnumerable<(string Title, IReadOnlyList<RowPrediction> Rows)> Differences(TeacherDifference difference)
    {
        string title = difference.Rows.Any(row => row.Probability is not null) ? "Most confident differences from the teacher" : "First differences from the teacher, as there are no probabilities";
        if (difference.Rows.Count > 0) yield return ($"{title} (rows count from 0)", difference.Rows);
    }

    /// <summary>Truth and prediction in words.</summary>
    public static string Said(RowPrediction row)
    {
        string predicted = row.Predicted is { } name ? $"'{name}'" : "no class";
        string said = row.Truth == row.Predicted ? $"{predicted}, as predicted" : row.Truth is { } truth ? $"'{truth}' taken for {predicted}" : $"predicted {predicted}";
        string teacher = row.Teacher is { } other ? $" (teacher: '{other}')" : "";
        return $"{said}{teacher}{(row.Probability is { } p ? $", {Figures.Score(p)}" : "")}, row {row.Row.ToString(Figures.Culture)}";
    }

    /// <summary>The beginning of a text without line breaks, or other characters that a console would obey.</summary>
    public static string OneLine(RowText text)
    {
        RowText shown = RowText.Of(text.Column, text.Text, LineLength);
        var line = new StringBuilder(shown.Text.Length);
        foreach (char c in shown.Text) line.Append(char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        return shown.IsCut || text.IsCut ? line.Append('…').ToString() : line.ToString();
    }
}
