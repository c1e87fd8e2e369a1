namespace MLNet.Pretrain.Metrics;

/// <summary>
/// Rows that may have any number of labels. Undefined values (a label that is never predicted, or never there) count as 0, as scikit-learn's
/// <c>zero_division=0</c>; macro averages go over all labels.
/// </summary>
public sealed class MultiLabelScores
{
    /// <summary>Counts labels.</summary>
    /// <param name="truth">Whether each row has each label: one or more rows of as many labels.</param>
    /// <param name="predicted">Whether it was predicted: as many rows of as many labels.</param>
    /// <exception cref="ArgumentException">The numbers of rows or of labels differ, or there are none.</exception>
    public MultiLabelScores(IReadOnlyList<IReadOnlyList<bool>> truth, IReadOnlyList<IReadOnlyList<bool>> predicted)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        MetricInput.CheckCounts(truth.Count, "rows of true labels", predicted.Count, "of predicted ones");
        var labels = new MatchCounts[truth[0].Count];
        long exact = 0;
        for (int row = 0; row < truth.Count; row++)
        {
            (IReadOnlyList<bool> there, IReadOnlyList<bool> said) = (truth[row], predicted[row]);
            if (there.Count != labels.Length || said.Count != labels.Length || labels.Length == 0)
                throw new ArgumentException($"Row {row} has {there.Count} true and {said.Count} predicted labels; expected a value for each label in both{(labels.Length == 0 ? ", one at least" : $", {labels.Length} as in row 0")}.");
            bool right = true;
            for (int label = 0; label < labels.Length; label++)
            {
                (int actual, int found) = (there[label] ? 1 : 0, said[label] ? 1 : 0);
                MatchCounts counts = labels[label];
                labels[label] = new(counts.Right + actual * found, counts.Predicted + found, counts.Actual + actual);
                right &= actual == found;
            }
            if (right) exact++;
        }
        (Labels, Overall) = (labels, MatchCounts.Sum(labels));
        (SubsetAccuracy, HammingLoss) = Parts(truth.Count, exact);
    }

    /// <summary>What was counted already.</summary>
    /// <param name="labels">The rows of each label.</param>
    /// <param name="rows">All rows.</param>
    /// <param name="exact">Rows of which every label is right.</param>
    internal MultiLabelScores(IReadOnlyList<MatchCounts> labels, long rows, long exact)
    {
        (Labels, Overall) = (labels, MatchCounts.Sum(labels));
        (SubsetAccuracy, HammingLoss) = Parts(rows, exact);
    }

    /// <summary>The rows of each label.</summary>
    public IReadOnlyList<MatchCounts> Labels { get; }

    /// <summary>All labels of all rows together: micro-averaged precision, recall and F1.</summary>
    public MatchCounts Overall { get; }

    /// <summary>F1 of all labels of all rows together, in [0, 1].</summary>
    public double MicroF1 => Overall.F1;

    /// <summary>Mean F1 over the labels, in [0, 1].</summary>
    public double MacroF1 => Labels.Average(label => label.F1);

    /// <summary>Part of the rows of which every label is right, in [0, 1].</summary>
    public double SubsetAccuracy { get; }

    /// <summary>Part of all labels of all rows that are wrong, in [0, 1].</summary>
    public double HammingLoss { get; }

    private (double SubsetAccuracy, double HammingLoss) Parts(long rows, long exact)
    {
        long wrong = Overall.Predicted + Overall.Actual - 2 * Overall.Right;
        return ((double)exact / rows, wrong / ((double)rows * Labels.Count));
    }
}
