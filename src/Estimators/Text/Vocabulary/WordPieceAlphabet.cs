using System.Runtime.InteropServices;
using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>The characters of a WordPiece vocabulary, each as it begins a word and, where it does, as it continues one.</summary>
internal sealed class WordPieceAlphabet
{
    private readonly Rune[] _first, _continuing;
    private readonly Dictionary<Rune, int> _firstId = [], _continuingId = [];

    private WordPieceAlphabet(Rune[] first, Rune[] continuing) => (_first, _continuing) = (first, continuing);

    public int CharacterCount => _first.Length;

    /// <summary>Chooses the most frequent characters.</summary>
    public static WordPieceAlphabet Of(WordCounts words, int maxCharacters)
    {
        var counts = new Dictionary<Rune, long>();
        var continuing = new Dictionary<Rune, long>();
        for (int i = 0; i < words.Count; i++)
        {
            bool first = true;
            foreach (Rune rune in words.Word(i).EnumerateRunes())
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, rune, out _) += words.CountOf(i);
                if (!first) CollectionsMarshal.GetValueRefOrAddDefault(continuing, rune, out _) += words.CountOf(i);
                first = false;
            }
        }
        Rune[] kept = [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).Take(maxCharacters).Select(c => c.Key).Order()];
        // The more frequent first: the lower id wins where pairs are equally frequent.
        return new WordPieceAlphabet(kept, [.. kept.Where(continuing.ContainsKey).OrderByDescending(rune => continuing[rune]).ThenBy(rune => rune)]);
    }

    public void AddTo(PieceTable pieces)
    {
        foreach (Rune rune in _first) _firstId[rune] = pieces.Add(rune.ToString());
        foreach (Rune rune in _continuing) _continuingId[rune] = pieces.Add(WordPieceTrainer.ContinuationPrefix + rune);
    }

    /// <summary>A word as pieces of one character; false where it holds a character that was left out.</summary>
    public bool TrySplit(ReadOnlySpan<char> word, List<int> pieces)
    {
        pieces.Clear();
        foreach (Rune rune in word.EnumerateRunes())
        {
            if (!(pieces.Count == 0 ? _firstId : _continuingId).TryGetValue(rune, out int id)) return false;
            pieces.Add(id);
        }
        return true;
    }
}
