namespace MLNet.Pretrain.Metrics;

/// <summary>Agreement of two lists of numbers, such as predicted and judged similarities.</summary>
public static class Correlation
{
    /// <summary>Linear correlation, in [-1, 1]; NaN where one list is constant.</summary>
    /// <param name="x">One number a row, two rows or more.</param>
    /// <param name="y">As many numbers.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than two rows, or a number is not finite.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        double[] dx = Deviations(x), dy = Deviations(y);
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < dx.Length; i++) (xy, xx, yy) = (xy + dx[i] * dy[i], xx + dx[i] * dx[i], yy + dy[i] * dy[i]);
        // 0 / 0 is NaN, which Clamp keeps; rounding alone can lead past 1.
        return Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
    }

    /// <summary>Correlation of ranks, in [-1, 1], equal values sharing the mean of their ranks (Spearman 1904); NaN where one list is constant.</summary>
    /// <param name="x">One number a row, two rows or more.</param>
    /// <param name="y">As many numbers.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than two rows, or a number is not finite.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        return Pearson(Ranks(x), Ranks(y));
    }

    private static void Check(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length || x.Length < 2) throw new ArgumentException($"The lists have {x.Length} and {y.Length} numbers; expected as many in both, and two at least.");
        for (int i = 0; i < x.Length; i++)
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i])) throw new ArgumentException(FormattableString.Invariant($"Row {i} has the numbers {x[i]} and {y[i]}; expected finite ones. Leave out rows without a number."));
    }

    // From the mean, in units of the largest, so that squares neither over- nor underflow; all 0 for a constant list, whose mean need not be exact.
    private static double[] Deviations(ReadOnlySpan<double> values)
    {
        var result = new double[values.Length];
        if (!values.ContainsAnyExcept(values[0])) return result;
        double mean = 0, largest = 0;
        foreach (double value in values) mean += value / values.Length;
        foreach (double value in values) largest = Math.Max(largest, Math.Abs(value / 2 - mean / 2));
        for (int i = 0; i < result.Length; i++) result[i] = (values[i] / 2 - mean / 2) / largest;
        return result;
    }

    private static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (int first = 0; first < order.Length;)
        {
            int end = first + 1;
            while (end < order.Length && sorted[end] == sorted[first]) end++;
            for (int i = first; i < end; i++) ranks[order[i]] = (first + end - 1) / 2.0 + 1;
            first = end;
        }
        return ranks;
    }
}
