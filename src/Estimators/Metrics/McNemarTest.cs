namespace MLNet.Pretrain.Metrics;

/// <summary>
/// McNemar's exact test (McNemar 1947): whether two classifiers that were measured on the same rows differ by more than chance. Only the
/// rows on which exactly one of them is right tell.
/// </summary>
/// <param name="FirstOnly">Rows that only the first got right.</param>
/// <param name="SecondOnly">Rows that only the second got right.</param>
public readonly record struct McNemarTest(long FirstOnly, long SecondOnly)
{
    /// <summary>Two-sided p value of the binomial distribution with probability one half, in (0, 1]; 1 where they never differ.</summary>
    public double PValue
    {
        get
        {
            long n = FirstOnly + SecondOnly, tail = Math.Min(FirstOnly, SecondOnly);
            if (2 * tail == n) return 1;
            // Terms of the tail relative to its last one, the largest, so that nothing under- or overflows; that one from log-factorials.
            double sum = 1, term = 1, logLast = LogBinomial(n, tail) - n * Math.Log(2);
            for (long k = tail; k > 0 && term > 1e-17 * sum; k--)
            {
                term *= (double)k / (n - k + 1);
                sum += term;
            }
            return Math.Min(1, 2 * sum * Math.Exp(logLast));
        }
    }

    /// <summary>Compares two classifiers row by row.</summary>
    /// <param name="first">Whether the first got each row right.</param>
    /// <param name="second">Whether the second did.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static McNemarTest Of(ReadOnlySpan<bool> first, ReadOnlySpan<bool> second)
    {
        if (first.Length != second.Length) throw new ArgumentException($"There are {first.Length} rows of the first and {second.Length} of the second classifier; expected the same rows for both.");
        long firstOnly = 0, secondOnly = 0;
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] && !second[i]) firstOnly++;
            if (second[i] && !first[i]) secondOnly++;
        }
        return new(firstOnly, secondOnly);
    }

    private static double LogBinomial(long n, long k)
    {
        double log = 0;
        for (long i = 1; i <= k; i++) log += Math.Log((double)(n - k + i) / i);
        return log;
    }
}
