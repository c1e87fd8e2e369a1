namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// Makes a WordPiece vocabulary of texts: special tokens, single characters, then the most frequent joins of neighbouring pieces, one at a
/// time (byte-pair merging over word counts, Sennrich et al. 2016, with WordPiece's <c>##</c> marks). The same texts give the same vocabulary.
/// </summary>
internal sealed class WordPieceVocabulary
{
    private const int MaxCharacters = 1000;
    private const int MinPairCount = 2;

    private readonly List<string> _pieces = [];
    private readonly Dictionary<string, int> _idOf = new(StringComparer.Ordinal);
    private readonly List<int[]> _words = [];
    private readonly List<long> _counts = [];
    private readonly Dictionary<(int, int), (long Count, HashSet<int> Words)> _pairs = [];

    private WordPieceVocabulary()
    {
    }

    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">Read once.</param>
    /// <param name="size">The most entries, special tokens included.</param>
    /// <param name="options">How texts become words.</param>
    public static IReadOnlyList<string> Train(IEnumerable<ReadOnlyMemory<char>> texts, int size, BertWordPieceOptions options)
    {
        var trainer = new WordPieceVocabulary();
        foreach (string token in (string[])[options.PaddingToken, options.UnknownToken, options.ClassificationToken, options.SeparatorToken, options.MaskToken]) trainer.Add(token);
        trainer.AddWords(CountWords(texts, options), size);
        trainer.Merge(size);
        return trainer._pieces;
    }

    private static IEnumerable<(string Word, long Count)> CountWords(IEnumerable<ReadOnlyMemory<char>> texts, BertWordPieceOptions options)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var reader = new WordReader(options);
        foreach (ReadOnlyMemory<char> text in texts)
        {
            reader.Reset();
            while (reader.MoveNext(text.Span))
            {
                if (reader.IsSpecial || reader.Word.Length > options.MaxWordLength) continue;
                lookup.TryGetValue(reader.Word, out long count);
                lookup[reader.Word] = count + 1;
            }
        }
        return counts.OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Select(w => (w.Key, w.Value));
    }

    private void AddWords(IEnumerable<(string Word, long Count)> words, int size)
    {
        var split = new List<(string[] Pieces, long Count)>();
        var characters = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string word, long count) in words)
        {
            string[] pieces = [.. word.EnumerateRunes().Select((rune, i) => i == 0 ? rune.ToString() : "##" + rune)];
            split.Add((pieces, count));
            foreach (string piece in pieces) characters[piece] = characters.GetValueOrDefault(piece) + count;
        }
        int room = Math.Min(MaxCharacters, size - _pieces.Count);
        foreach ((string piece, _) in characters.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(room)) Add(piece);
        foreach ((string[] pieces, long count) in split)
        {
            if (!pieces.All(_idOf.ContainsKey)) continue;   // a rare character: the word stays unknown
            int word = _words.Count;
            _words.Add([.. pieces.Select(piece => _idOf[piece])]);
            _counts.Add(count);
            Count(word, +1);
        }
    }

    private void Merge(int size)
    {
        // Counts change as pieces join; an entry of the queue that is out of date is put back with its present count.
        var queue = new PriorityQueue<(int, int), (long, string)>(Comparer<(long Count, string Text)>.Create((a, b) =>
            a.Count != b.Count ? b.Count.CompareTo(a.Count) : string.CompareOrdinal(a.Text, b.Text)));
        foreach (var pair in _pairs) queue.Enqueue(pair.Key, (pair.Value.Count, Text(pair.Key)));
        while (_pieces.Count < size && queue.TryDequeue(out (int, int) best, out (long Count, string) priority))
        {
            if (!_pairs.TryGetValue(best, out var state) || state.Count < MinPairCount) continue;
            if (state.Count != priority.Count)
            {
                queue.Enqueue(best, (state.Count, priority.Item2));
                continue;
            }
            int joined = Add(Joined(best));
            var touched = new HashSet<(int, int)>();
            foreach (int word in state.Words.Order().ToArray())
            {
                Count(word, -1);
                _words[word] = Replace(_words[word], best, joined);
                Count(word, +1);
                int[] pieces = _words[word];
                for (int i = 0; i + 1 < pieces.Length; i++)
                    if (pieces[i] == joined || pieces[i + 1] == joined) touched.Add((pieces[i], pieces[i + 1]));
            }
            foreach ((int, int) pair in touched) queue.Enqueue(pair, (_pairs[pair].Count, Text(pair)));
        }
    }

    private void Count(int word, int sign)
    {
        int[] pieces = _words[word];
        for (int i = 0; i + 1 < pieces.Length; i++)
        {
            (int, int) pair = (pieces[i], pieces[i + 1]);
            (long count, HashSet<int> words) = _pairs.TryGetValue(pair, out var state) ? state : (0, []);
            if (sign > 0) words.Add(word);
            else words.Remove(word);
            _pairs[pair] = (count + sign * _counts[word], words);
        }
    }

    private static int[] Replace(int[] pieces, (int First, int Second) pair, int joined)
    {
        var result = new List<int>(pieces.Length);
        for (int i = 0; i < pieces.Length; i++)
        {
            if (i + 1 < pieces.Length && pieces[i] == pair.First && pieces[i + 1] == pair.Second)
            {
                result.Add(joined);
                i++;
            }
            else result.Add(pieces[i]);
        }
        return [.. result];
    }

    private string Joined((int First, int Second) pair) => _pieces[pair.First] + _pieces[pair.Second]["##".Length..];

    private string Text((int First, int Second) pair) => _pieces[pair.First] + " " + _pieces[pair.Second];

    private int Add(string piece)
    {
        if (_idOf.TryGetValue(piece, out int id)) return id;
        _idOf[piece] = _pieces.Count;
        _pieces.Add(piece);
        return _pieces.Count - 1;
    }
}
