namespace MLNet.Pretrain.Metrics;

/// <summary>
/// Percentile bootstrap over test rows (Efron 1979): how much a measurement would move with other rows of the same kind. Two classifiers
/// resampled with one seed see the same draws, so that their difference is paired.
/// </summary>
public sealed class Bootstrap
{
    private readonly int _resamples;
    private readonly double _confidence;
    private readonly int _seed;

    /// <summary>Sets up the draws.</summary>
    /// <param name="resamples">Resamples, 100 or more; 1,000 for a 95 % interval.</param>
    /// <param name="confidence">Confidence in (0, 1), such as 0.95.</param>
    /// <param name="seed">Seed of the draws.</param>
    public Bootstrap(int resamples = 1000, double confidence = 0.95, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        if (confidence is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "Expected a number in (0, 1), such as 0.95.");
        (_resamples, _confidence, _seed) = (resamples, confidence, seed);
    }

    /// <summary>Interval of a mean over rows: of accuracy, where each row is 1 or 0; of a difference, where each is 1, 0 or -1.</summary>
    /// <param name="rows">One value a row, one row at least.</param>
    public Interval OfMean(ReadOnlySpan<double> rows)
    {
        var random = new Random(_seed);
        var means = new double[_resamples];
        for (int r = 0; r < means.Length; r++)
        {
            double sum = 0;
            for (int i = 0; i < rows.Length; i++) sum += rows[random.Next(rows.Length)];
            means[r] = sum / rows.Length;
        }
        return Percentiles(means);
    }

    /// <summary>Interval of the ratio of two means over the same rows: of the accuracy that a student keeps of its teacher's.</summary>
    /// <param name="numerators">One value a row, one row at least.</param>
    /// <param name="denominators">One value a row. Draws in which they are all 0 have no ratio and are left out; NaN where all have none.</param>
    public Interval OfRatio(ReadOnlySpan<double> numerators, ReadOnlySpan<double> denominators)
    {
        MetricInput.CheckCounts(numerators.Length, "numerators", denominators.Length, "denominators");
        var random = new Random(_seed);
        var ratios = new List<double>(_resamples);
        for (int r = 0; r < _resamples; r++)
        {
            (double above, double below) = (0, 0);
            for (int i = 0; i < numerators.Length; i++)
            {
                int row = random.Next(numerators.Length);
                above += numerators[row];
                below += denominators[row];
            }
            if (below != 0) ratios.Add(above / below);
        }
        return ratios.Count == 0 ? new(double.NaN, double.NaN) : Percentiles([.. ratios]);
    }

    /// <summary>Interval of macro-F1.</summary>
    /// <param name="truth">True class of each row.</param>
    /// <param name="predicted">Predicted class of each row, or -1.</param>
    /// <param name="classCount">Number of classes.</param>
    public Interval OfMacroF1(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classCount)
    {
        var random = new Random(_seed);
        var values = new double[_resamples];
        int[] t = new int[truth.Length], p = new int[truth.Length];
        for (int r = 0; r < values.Length; r++)
        {
            for (int i = 0; i < t.Length; i++)
            {
                int row = random.Next(t.Length);
                (t[i], p[i]) = (truth[row], predicted[row]);
            }
            values[r] = new ConfusionCounts(t, p, classCount).MacroF1;
        }
        return Percentiles(values);
    }

    private Interval Percentiles(double[] values)
    {
        Array.Sort(values);
        double outside = (1 - _confidence) / 2;
        return new(At(outside), At(1 - outside));

        double At(double part) => values[(int)Math.Round(part * (values.Length - 1))];
    }
}
