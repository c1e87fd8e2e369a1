namespace MLNet.Pretrain.Comparison;

/// <summary>The rows that a report shows of one model.</summary>
public sealed record ModelErrors
{
    /// <summary>The most confident mistakes, the most confident first; in the order of rows where the model gives no probabilities.</summary>
    public required IReadOnlyList<RowPrediction> Mistakes { get; init; }

    /// <summary>The rows that <see cref="ErrorOptions.Rows"/> names, in that order.</summary>
    public required IReadOnlyList<RowPrediction> ChosenRows { get; init; }

    /// <summary>Why rows have no attributions although the model can be explained, such as memory that did not suffice; null where they have them.</summary>
    public required string? AttributionError { get; init; }
}
