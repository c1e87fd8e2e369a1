namespace MLNet.Pretrain.Metrics;

/// <summary>Whether probabilities are as true as they claim to be. <see cref="TemperatureScaling"/> mends those that are not.</summary>
public static class Calibration
{
    /// <summary>
    /// Expected calibration error, in [0, 1]: how far accuracy is from confidence, the probability of the predicted class, over intervals
    /// of confidence (Naeini et al. 2015; Guo et al. 2017).
    /// </summary>
    /// <param name="probabilities">One row of numbers an example, one number a class, summing to 1. For a binary probability p, 1 - p and p.</param>
    /// <param name="truth">True class of each row, from 0.</param>
    /// <param name="binCount">Intervals of equal width, 1 or more; 15 in Guo et al.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, or probabilities or a class are out of range.</exception>
    public static double ExpectedError(IReadOnlyList<float[]> probabilities, ReadOnlySpan<int> truth, int binCount = 15)
    {
        double error = 0;
        foreach (CalibrationBin bin in Bins(probabilities, truth, binCount)) error += bin.RowCount * Math.Abs(bin.Accuracy - bin.MeanConfidence);
        return error / truth.Length;
    }

    /// <summary>What the error is made of, and reliability diagrams are drawn from.</summary>
    /// <param name="probabilities">One row of numbers an example, one number a class, summing to 1.</param>
    /// <param name="truth">True class of each row, from 0.</param>
    /// <param name="binCount">Intervals of equal width, 1 or more.</param>
    /// <returns>All intervals from 0 to 1, those without rows as well.</returns>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, or probabilities or a class are out of range.</exception>
    public static IReadOnlyList<CalibrationBin> Bins(IReadOnlyList<float[]> probabilities, ReadOnlySpan<int> truth, int binCount = 15)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(binCount, 1);
        Check(probabilities, truth);
        var bins = new (long Rows, double Confidence, long Right)[binCount];
        for (int row = 0; row < truth.Length; row++)
        {
            float confidence = probabilities[row].Max();
            ref (long Rows, double Confidence, long Right) bin = ref bins[Math.Clamp((int)Math.Ceiling((double)confidence * binCount) - 1, 0, binCount - 1)];
            bin.Rows++;
            bin.Confidence += confidence;
            if (Array.IndexOf(probabilities[row], confidence) == truth[row]) bin.Right++;
        }
        return [.. bins.Select((bin, i) => new CalibrationBin((double)i / binCount, (i + 1.0) / binCount, bin.Rows,
            bin.Confidence / Math.Max(1, bin.Rows), (double)bin.Right / Math.Max(1, bin.Rows)))];
    }

    /// <summary>Brier score of several classes, in [0, 2]: the mean over rows of the squared errors of all classes' probabilities (Brier 1950).</summary>
    /// <param name="probabilities">One row of numbers an example, one number a class, summing to 1.</param>
    /// <param name="truth">True class of each row, from 0.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, or probabilities or a class are out of range.</exception>
    public static double BrierScore(IReadOnlyList<float[]> probabilities, ReadOnlySpan<int> truth)
    {
        Check(probabilities, truth);
        double sum = 0;
        for (int row = 0; row < truth.Length; row++)
        {
            for (int c = 0; c < probabilities[row].Length; c++) sum += Square(probabilities[row][c] - (c == truth[row] ? 1.0 : 0));
        }
        return sum / truth.Length;
    }

    /// <summary>Brier score of a binary classifier, in [0, 1]: the mean squared error of its probabilities, half of what both classes together give.</summary>
    /// <param name="probabilities">The probability of true, one a row, in [0, 1].</param>
    /// <param name="truth">The true value of each row.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, or a probability is out of range.</exception>
    public static double BrierScore(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> truth)
    {
        MetricInput.CheckCounts(probabilities.Length, "probabilities", truth.Length, "true values");
        double sum = 0;
        for (int row = 0; row < truth.Length; row++)
        {
            MetricInput.CheckProbability(probabilities[row], row);
            sum += Square(probabilities[row] - (truth[row] ? 1.0 : 0));
        }
        return sum / truth.Length;
    }

    private static double Square(double x) => x * x;

    private static void Check(IReadOnlyList<float[]> probabilities, ReadOnlySpan<int> truth)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        MetricInput.CheckCounts(probabilities.Count, "rows of probabilities", truth.Length, "true classes");
        for (int row = 0; row < truth.Length; row++)
        {
            MetricInput.CheckProbabilities(probabilities[row], row, probabilities[0].Length);
            MetricInput.CheckClass(truth[row], row, "true", probabilities[0].Length);
        }
    }
}
