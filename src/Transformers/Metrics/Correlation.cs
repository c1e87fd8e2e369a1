namespace MLNet.Pretrain.Metrics;

/// <summary>Agreement of two lists of numbers.</summary>
internal static class Correlation
{
    /// <summary>Linear correlation, -1 to 1; NaN with fewer than two values or where one list is constant.</summary>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count) throw new ArgumentException($"The lists have {x.Count} and {y.Count} values; expected as many in both.");
        if (x.Count < 2) return double.NaN;
        double meanX = x.Average(), meanY = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Count; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            (xy, xx, yy) = (xy + dx * dy, xx + dx * dx, yy + dy * dy);
        }
        return xy / Math.Sqrt(xx * yy);
    }

    /// <summary>Correlation of ranks, equal values sharing the mean of theirs (Spearman 1904).</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks(x), Ranks(y));

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        double[] ranks = new double[values.Count];
        for (int first = 0; first < order.Length;)
        {
            int end = first + 1;
            while (end < order.Length && values[order[end]] == values[order[first]]) end++;
            for (int i = first; i < end; i++) ranks[order[i]] = (first + end - 1) / 2.0 + 1;
            first = end;
        }
        return ranks;
    }
}
