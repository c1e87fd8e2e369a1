namespace MLNet.Pretrain.Text;

/// <summary>Words with how often they occurred, most frequent first.</summary>
internal sealed class Vocabulary
{
    public Vocabulary(WordTable words, long[] counts)
    {
        (Words, Counts) = (words, counts);
        foreach (long count in counts) TotalCount += count;
    }

    public WordTable Words { get; }

    /// <summary>Occurrences by word number; empty where they are not known (vectors made elsewhere).</summary>
    public long[] Counts { get; }

    public long TotalCount { get; }

    public int Count => Words.Count;
}
