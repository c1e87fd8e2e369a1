namespace MLNet.Pretrain.Text;

/// <summary>What the options of both trainers have in common.</summary>
internal static class VocabularyChecks
{
    public static void Counts(string owner, int minPairCount, int maxCountedWords, int? workers)
    {
        if (minPairCount < 1) throw new ArgumentException($"{owner}: MinPairCount is {minPairCount}; expected 1 or more.");
        if (maxCountedWords < 1000) throw new ArgumentException($"{owner}: MaxCountedWords is {maxCountedWords}; expected 1,000 or more.");
        if (workers < 1) throw new ArgumentException($"{owner}: Workers is {workers}; expected null or 1 or more.");
    }

    public static void SpecialTokens(string owner, IReadOnlyList<string> tokens)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string? token in tokens)
        {
            if (string.IsNullOrEmpty(token)) throw new ArgumentException($"{owner}: a special token is empty; expected one character or more.");
            if (token.AsSpan().ContainsAny('\n', '\r')) throw new ArgumentException($"{owner}: a special token holds a line break, which the vocabulary's file cannot; remove it.");
            if (!seen.Add(token)) throw new ArgumentException($"{owner}: the special token '{token}' is there twice, and each has an id of its own; expected different ones.");
        }
    }

    public static void SomeText(string owner, string source, long texts, int words)
    {
        if (texts == 0) throw new InvalidOperationException($"{owner}: {source} has no texts; expected at least one.");
        if (words == 0) throw new InvalidOperationException($"{owner}: the {texts} texts of {source} hold no word; expected at least one that is not empty. Is it the right column?");
    }
}
