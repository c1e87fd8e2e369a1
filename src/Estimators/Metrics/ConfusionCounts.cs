namespace MLNet.Pretrain.Metrics;

/// <summary>
/// Counts of true against predicted classes and what follows from them. Undefined values (a class that is never predicted, or never there)
/// count as 0, as scikit-learn's <c>zero_division=0</c>; macro averages go over all classes.
/// </summary>
public sealed class ConfusionCounts
{
    private readonly long[] _counts;

    /// <summary>Counts pairs of classes.</summary>
    /// <param name="truth">True class of each row, in [0, <paramref name="classCount"/>).</param>
    /// <param name="predicted">Predicted class of each row, or -1 where none was predicted: always wrong.</param>
    /// <param name="classCount">Number of classes, 1 or more.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, or a class is out of range.</exception>
    public ConfusionCounts(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        MetricInput.CheckCounts(truth.Length, "true classes", predicted.Length, "predicted ones");
        ClassCount = classCount;
        RowCount = truth.Length;
        // The last column counts rows without a prediction.
        _counts = new long[classCount * (classCount + 1)];
        for (int i = 0; i < truth.Length; i++)
        {
            MetricInput.CheckClass(truth[i], i, "true", classCount);
            if (predicted[i] != -1) MetricInput.CheckClass(predicted[i], i, "predicted", classCount);
            _counts[truth[i] * (classCount + 1) + (predicted[i] == -1 ? classCount : predicted[i])]++;
        }
    }

    /// <summary>Number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Number of rows counted.</summary>
    public long RowCount { get; }

    /// <summary>Part of the rows that were predicted right, in [0, 1].</summary>
    public double Accuracy => Ratio(Right, RowCount);

    /// <summary>Mean recall over the classes that occur, in [0, 1].</summary>
    public double BalancedAccuracy => Classes.Where(c => Support(c) > 0).Average(Recall);

    /// <summary>Mean F1 over all classes, in [0, 1].</summary>
    public double MacroF1 => Classes.Average(F1);

    /// <summary>Mean precision over all classes, in [0, 1].</summary>
    public double MacroPrecision => Classes.Average(Precision);

    /// <summary>Mean recall over all classes, in [0, 1].</summary>
    public double MacroRecall => Classes.Average(Recall);

    /// <summary>Part of the predictions that are right, in [0, 1]: accuracy, but for rows without a prediction, which do not count.</summary>
    public double MicroPrecision => Ratio(Right, Sum(Predicted));

    /// <summary>Part of the rows that were predicted right, in [0, 1]: accuracy.</summary>
    public double MicroRecall => Ratio(Right, RowCount);

    /// <summary>Harmonic mean of <see cref="MicroPrecision"/> and <see cref="MicroRecall"/>, in [0, 1]: accuracy where each row has a prediction.</summary>
    public double MicroF1 => Ratio(2 * Right, Sum(Predicted) + RowCount);

    /// <summary>F1 weighted by how often each class occurs, in [0, 1].</summary>
    public double WeightedF1 => Weighted(F1);

    /// <summary>Precision weighted by how often each class occurs, in [0, 1].</summary>
    public double WeightedPrecision => Weighted(Precision);

    /// <summary>Recall weighted by how often each class occurs, in [0, 1]: accuracy.</summary>
    public double WeightedRecall => Weighted(Recall);

    /// <summary>Matthews correlation for any number of classes (Gorodkin 2004), in [-1, 1]; 0 where all rows or all predictions are of one class.</summary>
    public double MatthewsCorrelation
    {
        get
        {
            double n = RowCount, right = Right;
            double agreement = Classes.Sum(c => (double)Support(c) * Predicted(c));
            double predictedSpread = n * n - Classes.Sum(c => (double)Predicted(c) * Predicted(c));
            double trueSpread = n * n - Classes.Sum(c => (double)Support(c) * Support(c));
            return predictedSpread <= 0 || trueSpread <= 0 ? 0 : (right * n - agreement) / Math.Sqrt(predictedSpread * trueSpread);
        }
    }

    private long Right => Sum(c => this[c, c]);

    private IEnumerable<int> Classes => Enumerable.Range(0, ClassCount);

    /// <summary>Rows of one class that were predicted as another.</summary>
    /// <param name="truth">True class.</param>
    /// <param name="predicted">Predicted class.</param>
    public long this[int truth, int predicted] => _counts[truth * (ClassCount + 1) + predicted];

    /// <summary>Rows of a class.</summary>
    /// <param name="class">The class.</param>
    public long Support(int @class)
    {
        long sum = 0;
        for (int p = 0; p <= ClassCount; p++) sum += _counts[@class * (ClassCount + 1) + p];
        return sum;
    }

    /// <summary>Rows predicted as a class.</summary>
    /// <param name="class">The class.</param>
    public long Predicted(int @class) => Sum(truth => this[truth, @class]);

    /// <summary>Part of the rows predicted as a class that are of it.</summary>
    /// <param name="class">The class.</param>
    public double Precision(int @class) => Ratio(this[@class, @class], Predicted(@class));

    /// <summary>Part of the rows of a class that were predicted as it.</summary>
    /// <param name="class">The class.</param>
    public double Recall(int @class) => Ratio(this[@class, @class], Support(@class));

    /// <summary>Harmonic mean of precision and recall of a class.</summary>
    /// <param name="class">The class.</param>
    public double F1(int @class) => Ratio(2 * this[@class, @class], Predicted(@class) + Support(@class));

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private double Weighted(Func<int, double> value) => Classes.Sum(c => value(c) * Support(c)) / RowCount;

    private long Sum(Func<int, long> value)
    {
        long sum = 0;
        for (int c = 0; c < ClassCount; c++) sum += value(c);
        return sum;
    }
}
