namespace MLNet.Pretrain.Text;

/// <summary>Chooses which words stay and renumbers a corpus after it.</summary>
internal static class CorpusNumbering
{
    private const int Dropped = int.MinValue;

    /// <summary>Keeps the most frequent words, numbered by falling count (ties: the lower number first), and rewrites the corpus.</summary>
    /// <param name="corpus">Rewritten; null = there is none.</param>
    /// <param name="words">All words.</param>
    /// <param name="counts">Of each.</param>
    /// <param name="numbers">The number by which the corpus knows each word; null = its place in <paramref name="words"/>.</param>
    /// <param name="minCount">Rarer words leave.</param>
    /// <param name="maxWords">The most words that stay.</param>
    /// <param name="keepGaps">Whether a word that leaves is marked as <see cref="CorpusFile.Unknown"/>; else the words around it become neighbours.</param>
    public static Vocabulary Keep(CorpusFile? corpus, WordTable words, IReadOnlyList<long> counts, IReadOnlyList<int>? numbers, int minCount, int maxWords, bool keepGaps)
    {
        int[] order = [.. Enumerable.Range(0, words.Count).Where(id => counts[id] >= minCount).OrderByDescending(id => counts[id]).Take(maxWords)];
        var table = new WordTable();
        long[] kept = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            table.FindOrAdd(words[order[i]]);
            kept[i] = counts[order[i]];
        }
        if (corpus is null) return new Vocabulary(table, kept);
        int gap = keepGaps ? CorpusFile.Unknown : Dropped;
        Func<int, int> newNumber = numbers is null ? ByPlace(order, words.Count, gap) : ByNumber(order, numbers, gap);
        corpus.Rewrite(piece =>
        {
            int length = 0;
            foreach (int word in piece)
            {
                int number = word == CorpusFile.RowEnd ? word : word == CorpusFile.Unknown ? gap : newNumber(word);
                if (number != Dropped) piece[length++] = number;
            }
            return length;
        });
        return new Vocabulary(table, kept);
    }

    private static Func<int, int> ByPlace(int[] order, int count, int gap)
    {
        int[] numbers = new int[count];
        Array.Fill(numbers, gap);
        for (int i = 0; i < order.Length; i++) numbers[order[i]] = i;
        return word => numbers[word];
    }

    // Numbers that were given out and forgotten again have no bound, so a list by number would have none.
    private static Func<int, int> ByNumber(int[] order, IReadOnlyList<int> known, int gap)
    {
        var numbers = new Dictionary<int, int>(order.Length);
        for (int i = 0; i < order.Length; i++) numbers[known[order[i]]] = i;
        return word => numbers.GetValueOrDefault(word, gap);
    }
}
