namespace MLNet.Pretrain.Metrics;

/// <summary>
/// Entities that were found, as the CoNLL scorer counts (Tjong Kim Sang and De Meulder 2003): one is right when its type, first and last
/// token are.
/// </summary>
public sealed class SpanScores
{
    private SpanScores(IReadOnlyDictionary<string, MatchCounts> types)
    {
        Types = types;
        Overall = MatchCounts.Sum(types.Values);
    }

    /// <summary>All entities: their <see cref="MatchCounts.F1"/> is the measure of CoNLL-2003, micro-averaged.</summary>
    public MatchCounts Overall { get; }

    /// <summary>The entities of each type that occurs or was predicted, in ordinal order.</summary>
    public IReadOnlyDictionary<string, MatchCounts> Types { get; }

    /// <summary>Mean F1 over the types, in [0, 1]; 0 where there are none.</summary>
    public double MacroF1 => Types.Values.Select(type => type.F1).DefaultIfEmpty().Average();

    /// <summary>F1 weighted by how often each type occurs, in [0, 1]; 0 where there are none.</summary>
    public double WeightedF1 => Overall.Actual == 0 ? 0 : Types.Values.Sum(type => type.F1 * type.Actual) / Overall.Actual;

    /// <summary>Counts the entities that tags say.</summary>
    /// <param name="truth">The true tags of each row.</param>
    /// <param name="predicted">The predicted ones, as many rows of as many tags.</param>
    /// <param name="scheme">The scheme of both.</param>
    /// <param name="reading">What becomes of tags that do not follow on one another; <see cref="TagReading.Lenient"/> counts as conlleval does.</param>
    /// <exception cref="ArgumentException">The numbers of rows or of a row's tags differ, or there are no rows.</exception>
    /// <exception cref="FormatException">A tag is none of the scheme or, with <see cref="TagReading.WellFormed"/>, does not follow on the one before.</exception>
    public static SpanScores OfTags(IReadOnlyList<IReadOnlyList<string>> truth, IReadOnlyList<IReadOnlyList<string>> predicted, TagScheme scheme, TagReading reading = TagReading.Lenient)
    {
        CheckRows(truth, predicted, "tags");
        for (int row = 0; row < truth.Count; row++)
        {
            if (truth[row].Count != predicted[row].Count)
                throw new ArgumentException($"Row {row} has {truth[row].Count} true and {predicted[row].Count} predicted tags; expected one of each a token.");
        }
        return OfSpans([.. truth.Select(Spans)], [.. predicted.Select(Spans)]);

        IReadOnlyList<TagSpan> Spans(IReadOnlyList<string> tags, int row) => TagSequence.ToSpans(tags, scheme, reading, row);
    }

    /// <summary>Counts entities; they may share tokens, and one that stands twice in a row counts once.</summary>
    /// <param name="truth">The true entities of each row.</param>
    /// <param name="predicted">The predicted ones, as many rows.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ, or there are none.</exception>
    public static SpanScores OfSpans(IReadOnlyList<IReadOnlyList<TagSpan>> truth, IReadOnlyList<IReadOnlyList<TagSpan>> predicted)
    {
        CheckRows(truth, predicted, "entities");
        SortedDictionary<string, MatchCounts> types = new(StringComparer.Ordinal);
        for (int row = 0; row < truth.Count; row++)
        {
            HashSet<TagSpan> actual = [.. truth[row]], found = [.. predicted[row]];
            foreach (TagSpan span in actual.Union(found))
            {
                (int there, int said) = (actual.Contains(span) ? 1 : 0, found.Contains(span) ? 1 : 0);
                types[span.Type] = MatchCounts.Sum([types.GetValueOrDefault(span.Type), new(there * said, said, there)]);
            }
        }
        return new(types);
    }

    private static void CheckRows<T>(IReadOnlyList<IReadOnlyList<T>> truth, IReadOnlyList<IReadOnlyList<T>> predicted, string what)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        MetricInput.CheckCounts(truth.Count, $"rows of true {what}", predicted.Count, "of predicted ones");
    }
}
