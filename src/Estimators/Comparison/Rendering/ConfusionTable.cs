using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>
/// A confusion matrix of a size that can be read: where there are many classes, those with the most mistakes, from or to them, and all others as one.
/// Rows of the data that were predicted as no known class have a column of their own.
/// </summary>
/// <param name="RowNames">True classes.</param>
/// <param name="ColumnNames">Predicted classes, in the same order.</param>
/// <param name="Counts">Rows of the data, by true and predicted class.</param>
/// <param name="Shown">Classes that stand for themselves: the first names of both kinds.</param>
internal sealed record ConfusionTable(IReadOnlyList<string> RowNames, IReadOnlyList<string> ColumnNames, long[,] Counts, int Shown)
{
    /// <summary>More columns than that are no longer compared by eye.</summary>
    public const int MostClasses = 20;

    /// <param name="confusion">The counts.</param>
    /// <param name="classes">Their names.</param>
    /// <param name="most">The most rows of the table, 2 or more.</param>
    public static ConfusionTable Of(ConfusionCounts confusion, IReadOnlyList<string> classes, int most = MostClasses)
    {
        int[] shown = classes.Count <= most
            ? [.. Enumerable.Range(0, classes.Count)]
            : [.. Enumerable.Range(0, classes.Count).OrderByDescending(Mistakes).ThenBy(c => c).Take(most - 1).Order()];
        string[] names = [.. shown.Select(c => classes[c])];
        if (shown.Length < classes.Count) names = [.. names, $"{classes.Count - shown.Length} others"];
        int[] groupOf = [.. Enumerable.Repeat(shown.Length, classes.Count)];
        foreach ((int group, int c) in shown.Index()) groupOf[c] = group;

        bool hasNone = Enumerable.Range(0, classes.Count).Any(t => None(t) > 0);
        long[,] counts = new long[names.Length, names.Length + (hasNone ? 1 : 0)];
        for (int truth = 0; truth < classes.Count; truth++)
        {
            for (int predicted = 0; predicted < classes.Count; predicted++) counts[groupOf[truth], groupOf[predicted]] += confusion[truth, predicted];
            if (hasNone) counts[groupOf[truth], names.Length] += None(truth);
        }
        return new(names, hasNone ? [.. names, "none of these"] : names, counts, shown.Length);

        long Mistakes(int c) => confusion.Support(c) + confusion.Predicted(c) - 2 * confusion[c, c];

        long None(int truth) => confusion.Support(truth) - Enumerable.Range(0, classes.Count).Sum(predicted => confusion[truth, predicted]);
    }

    /// <summary>Part of a true class's rows that a cell has, in [0, 1].</summary>
    public double Share(int truth, int predicted)
    {
        long sum = 0;
        for (int p = 0; p < ColumnNames.Count; p++) sum += Counts[truth, p];
        return sum == 0 ? 0 : (double)Counts[truth, predicted] / sum;
    }

    /// <summary>Whether all rows of a cell are right; of the others taken together, some may be.</summary>
    public bool IsRight(int truth, int predicted) => truth == predicted && truth < Shown;

    /// <summary>The pairs of different classes with the most rows, the most first, ties in the order of classes.</summary>
    public static IEnumerable<(int Truth, int Predicted, long Count)> MostConfused(ConfusionCounts confusion, int most)
    {
        IEnumerable<int> classes = Enumerable.Range(0, confusion.ClassCount);
        return classes.SelectMany(truth => classes.Where(predicted => predicted != truth).Select(predicted => (Truth: truth, Predicted: predicted, Count: confusion[truth, predicted])))
            .Where(pair => pair.Count > 0).OrderByDescending(pair => pair.Count).Take(most);
    }
}
