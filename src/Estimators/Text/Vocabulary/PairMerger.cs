namespace MLNet.Pretrain.Text;

/// <summary>
/// Byte-pair merging (Sennrich et al. 2016): the most frequent pair of neighbouring pieces becomes a piece, again and again; of equally frequent
/// ones that with the lower ids. Counts are kept up to date where a merge changes a neighbour, so a merge costs as much as it replaces.
/// </summary>
/// <param name="pieces">The alphabet; grows by a piece a merge.</param>
internal sealed class PairMerger(PieceTable pieces)
{
    private const int None = -1;

    private readonly PairTable _pairs = new();
    private readonly List<long> _wordCounts = [];
    private readonly List<int> _positions = [];
    private readonly PriorityQueue<int, Rank> _queue = new(Comparer<Rank>.Create(Rank.Compare));

    // One place a piece of a word: its id (None = joined to the one before), its word, its neighbours in the word.
    private int[] _piece = new int[1024], _word = new int[1024], _previous = new int[1024], _next = new int[1024];
    private int _length;

    /// <summary>Adds a word, as pieces of the alphabet.</summary>
    public void AddWord(ReadOnlySpan<int> word, long count)
    {
        EnsureCapacity(_length + (long)word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            int at = _length + i;
            (_piece[at], _word[at]) = (word[i], _wordCounts.Count);
            (_previous[at], _next[at]) = (i == 0 ? None : at - 1, i == word.Length - 1 ? None : at + 1);
            if (i > 0) _pairs.Add(PairTable.Key(word[i - 1], word[i]), at - 1, count);
        }
        _wordCounts.Add(count);
        _length += word.Length;
    }

    /// <summary>Merges until the vocabulary is full or no pair is frequent enough.</summary>
    /// <returns>What was merged, in order.</returns>
    public List<(int Left, int Right)> Merge(int vocabularySize, int minPairCount, CancellationToken cancellation)
    {
        var merges = new List<(int, int)>();
        _queue.EnqueueRange(Enumerable.Range(0, _pairs.Count).Where(pair => _pairs.CountOf(pair) >= minPairCount).Select(pair => (pair, RankOf(pair))));
        _pairs.TakeTouched();
        while (pieces.Count < vocabularySize && _queue.TryDequeue(out int pair, out Rank rank))
        {
            cancellation.ThrowIfCancellationRequested();
            long count = _pairs.CountOf(pair);
            if (count < minPairCount) continue;
            if (count != rank.Count)
            {
                _queue.Enqueue(pair, RankOf(pair));   // it has become rarer since it was put there
                continue;
            }
            (int left, int right) = PairTable.Split(rank.Key);
            Replace(pair, left, right, pieces.Join(left, right));
            merges.Add((left, right));
            foreach (int grown in _pairs.TakeTouched())
                if (_pairs.CountOf(grown) >= minPairCount) _queue.Enqueue(grown, RankOf(grown));
        }
        return merges;
    }

    private void Replace(int pair, int left, int right, int joined)
    {
        _pairs.TakePositions(pair, _positions);
        foreach (int at in _positions)
        {
            int second = _next[at];
            if (_piece[at] != left || second == None || _piece[second] != right) continue;   // another merge was here first
            long count = _wordCounts[_word[at]];
            int before = _previous[at], after = _next[second];
            _pairs.Reduce(pair, count);
            if (before != None) _pairs.Reduce(_pairs.Find(PairTable.Key(_piece[before], left)), count);
            if (after != None) _pairs.Reduce(_pairs.Find(PairTable.Key(right, _piece[after])), count);
            (_piece[at], _piece[second], _next[at]) = (joined, None, after);
            if (after != None) _previous[after] = at;
            if (before != None) _pairs.Add(PairTable.Key(_piece[before], joined), before, count);
            if (after != None) _pairs.Add(PairTable.Key(joined, _piece[after]), at, count);
        }
    }

    private Rank RankOf(int pair) => new(_pairs.CountOf(pair), _pairs.KeyOf(pair));

    private void EnsureCapacity(long length)
    {
        if (length <= _piece.Length) return;
        if (length > Array.MaxLength) throw new InvalidOperationException($"{_wordCounts.Count} different words have more than {Array.MaxLength} characters or bytes together, the most that are merged. Lower MaxCountedWords, so that rare ones are forgotten.");
        int size = (int)Math.Min(Array.MaxLength, Math.Max(length, _piece.Length * 2L));
        Array.Resize(ref _piece, size);
        Array.Resize(ref _word, size);
        Array.Resize(ref _previous, size);
        Array.Resize(ref _next, size);
    }

    private readonly record struct Rank(long Count, ulong Key)
    {
        public static int Compare(Rank a, Rank b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Key.CompareTo(b.Key);
    }
}
