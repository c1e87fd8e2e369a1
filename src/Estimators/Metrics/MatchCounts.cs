namespace MLNet.Pretrain.Metrics;

/// <summary>How many were found: entities, or rows with a label. Undefined values (nothing predicted, or nothing there) count as 0.</summary>
/// <param name="Right">How many were predicted and are there.</param>
/// <param name="Predicted">How many were predicted.</param>
/// <param name="Actual">How many are there.</param>
public readonly record struct MatchCounts(long Right, long Predicted, long Actual)
{
    /// <summary>Part of the predicted ones that are there, in [0, 1].</summary>
    public double Precision => Ratio(Right, Predicted);

    /// <summary>Part of those there that were predicted, in [0, 1].</summary>
    public double Recall => Ratio(Right, Actual);

    /// <summary>Harmonic mean of precision and recall, in [0, 1].</summary>
    public double F1 => Ratio(2 * Right, Predicted + Actual);

    internal static MatchCounts Sum(IEnumerable<MatchCounts> counts) =>
        counts.Aggregate(default(MatchCounts), (sum, c) => new(sum.Right + c.Right, sum.Predicted + c.Predicted, sum.Actual + c.Actual));

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
