namespace MLNet.Pretrain.Comparison;

/// <summary>Keeps the most confident of the mistakes it is shown, and the first ones, for a model may turn out to give no probabilities.</summary>
/// <param name="count">The most that are kept of each.</param>
internal sealed class MistakeList(int count)
{
    // The one to go first stands first: the least sure, of equal ones the last.
    private readonly PriorityQueue<PredictedRow, (double Probability, long Row)> _surest = new();
    private readonly List<PredictedRow> _first = [];

    /// <summary>Rows come in their order.</summary>
    public void Add(PredictedRow row)
    {
        if (_first.Count < count) _first.Add(row);
        (double, long) priority = Priority(row);
        if (_surest.Count < count) _surest.Enqueue(row, priority);
        else if (count > 0) _surest.EnqueueDequeue(row, priority);
    }

    /// <summary>The most confident mistakes, or the first without their probabilities.</summary>
    public IReadOnlyList<PredictedRow> Take(bool byProbability) => byProbability
        ? [.. _surest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)]
        : [.. _first.Select(row => row with { Probability = null })];

    // What was predicted to be no class at all is surest of nothing.
    private static (double, long) Priority(PredictedRow row) => (row.Probability ?? -1, -row.Row);
}
