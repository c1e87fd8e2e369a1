using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>Collects n-grams and counts the texts that have each.</summary>
internal sealed class NgramLearner(int ngramLength)
{
    private readonly NgramTable _table = new(new WordTable());
    private readonly List<(int Texts, int LastText)> _counts = [];
    private readonly int[] _open = new int[ngramLength];

    /// <summary>Texts read.</summary>
    public int Texts { get; private set; }

    public void Add(WordList words, bool endsRow)
    {
        int text = Texts + 1;
        for (int i = 0; i < words.Count; i++)
        {
            int word = _table.Words.FindOrAdd(words[i]);
            for (int n = Math.Min(i, ngramLength - 1); n >= 0; n--)
            {
                int node = _open[n] = _table.FindOrAdd(n == 0 ? -1 : _open[n - 1], word);
                if (node == _counts.Count) _counts.Add(default);
                ref (int Texts, int LastText) count = ref CollectionsMarshal.AsSpan(_counts)[node];
                if (count.LastText != text) count = (count.Texts + 1, text);
            }
        }
        if (endsRow) Texts = text;
    }

    /// <summary>The n-grams of at least so many texts, those of most texts first where there are too many; and the texts of each.</summary>
    public (NgramTable Table, int[] Texts) Finish(int minTexts, int maxNgrams)
    {
        if (minTexts <= 1 && maxNgrams >= _table.Count) return (_table, [.. _counts.Select(count => count.Texts)]);
        IEnumerable<int> kept = Enumerable.Range(0, _table.Count).Where(node => _counts[node].Texts >= minTexts);
        // A parent is in at least as many texts as its children and comes before them, so it stays where they stay.
        if (maxNgrams < _table.Count) kept = kept.OrderByDescending(node => _counts[node].Texts).Take(maxNgrams).Order();
        var table = new NgramTable(new WordTable());
        List<int> texts = [];
        int[] newNumber = new int[_table.Count];
        foreach (int node in kept)
        {
            (int parent, int word) = _table[node];
            newNumber[node] = table.FindOrAdd(parent < 0 ? -1 : newNumber[parent], table.Words.FindOrAdd(_table.Words[word]));
            texts.Add(_counts[node].Texts);
        }
        return (table, [.. texts]);
    }
}
