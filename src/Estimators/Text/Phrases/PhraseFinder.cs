using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>Finds pairs of neighbours that are phrases, as word2phrase.c scores them, and joins them in the corpus.</summary>
internal sealed class PhraseFinder(PhraseOptions options)
{
    /// <summary>One pass.</summary>
    /// <param name="corpus">Rewritten: pairs become words.</param>
    /// <param name="vocabulary">Of the corpus as it is.</param>
    /// <param name="totalWords">Words of the corpus, rare ones included.</param>
    /// <returns>The joined pairs, all words with their counts after joining, not sorted, and how many pairs became one word.</returns>
    public (PhraseTable Phrases, WordTable Words, long[] Counts, long Joins) Join(CorpusFile corpus, Vocabulary vocabulary, long totalWords)
    {
        Dictionary<long, int> pairs = CountPairs(corpus);
        Dictionary<long, int> joined = [];
        var phrases = new PhraseTable();
        WordTable words = Copy(vocabulary.Words);
        var name = new WordList();
        foreach ((long pair, int count) in pairs)
        {
            (int first, int second) = ((int)(pair >> 32), (int)pair);
            long a = vocabulary.Counts[first], b = vocabulary.Counts[second];
            if (a < options.MinCount || b < options.MinCount || (double)(count - options.MinCount) / a / b * totalWords <= options.Threshold) continue;
            name.Clear();
            name.Add(vocabulary.Words[first]);
            name.Add(vocabulary.Words[second]);
            phrases.Add(name.Pair(0), name[0].Length);
            joined[pair] = words.FindOrAdd(name.Pair(0));
        }
        long[] counts = new long[words.Count];
        return (phrases, words, counts, Rewrite(corpus, joined, counts));
    }

    private Dictionary<long, int> CountPairs(CorpusFile corpus)
    {
        Dictionary<long, int> pairs = [];
        int before = CorpusFile.RowEnd, forgottenUpTo = 0;
        corpus.ForEachPiece(piece =>
        {
            foreach (int word in piece)
            {
                if (word >= 0 && before >= 0) CollectionsMarshal.GetValueRefOrAddDefault(pairs, Key(before, word), out _)++;
                before = word;
            }
            while (pairs.Count > options.MaxCountedPairs)
            {
                forgottenUpTo++;
                foreach (long rare in pairs.Where(p => p.Value <= forgottenUpTo).Select(p => p.Key).ToList()) pairs.Remove(rare);
            }
        });
        return pairs;
    }

    // From left to right; what was joined joins no further in this pass. A pair may lie across two pieces, so its first word waits.
    private static long Rewrite(CorpusFile corpus, Dictionary<long, int> joined, long[] counts)
    {
        const int Nothing = int.MinValue;
        int waiting = Nothing;
        long joins = 0;
        List<int> output = [];
        corpus.Rewrite(piece =>
        {
            output.Clear();
            foreach (int word in piece)
            {
                if (waiting >= 0 && word >= 0 && joined.TryGetValue(Key(waiting, word), out int phrase))
                {
                    output.Add(phrase);
                    waiting = Nothing;
                    joins++;
                    continue;
                }
                if (waiting != Nothing) output.Add(waiting);
                waiting = word;
            }
            foreach (int word in output)
                if (word >= 0) counts[word]++;
            CollectionsMarshal.AsSpan(output).CopyTo(piece);
            return output.Count;
        });
        if (waiting >= 0) counts[waiting]++;
        if (waiting != Nothing) corpus.Append(waiting);
        corpus.Flush();
        return joins;
    }

    private static WordTable Copy(WordTable words)
    {
        var copy = new WordTable();
        for (int id = 0; id < words.Count; id++) copy.FindOrAdd(words[id]);
        return copy;
    }

    private static long Key(int first, int second) => ((long)first << 32) | (uint)second;
}
