using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>How often each word occurs.</summary>
internal sealed class WordCounts
{
    private WordTable _words = new();
    private List<long> _counts = [];

    /// <summary>Different words.</summary>
    public int Count => _counts.Count;

    public ReadOnlySpan<char> Word(int index) => _words[index];

    public long CountOf(int index) => _counts[index];

    public void Add(ReadOnlySpan<char> word, long count)
    {
        int index = _words.FindOrAdd(word);
        if (index == _counts.Count) _counts.Add(count);
        else CollectionsMarshal.AsSpan(_counts)[index] += count;
    }

    public void Add(WordCounts other)
    {
        for (int i = 0; i < other.Count; i++) Add(other.Word(i), other.CountOf(i));
    }

    public void Clear()
    {
        _words.Clear();
        _counts.Clear();
    }

    /// <summary>Keeps the most frequent words; of equally frequent ones those seen first.</summary>
    public void Keep(int limit)
    {
        if (Count <= limit) return;
        long[] sorted = [.. _counts];
        Array.Sort(sorted);
        long least = sorted[^limit];
        int above = sorted.Length - (Array.FindLastIndex(sorted, count => count == least) + 1);
        int equal = limit - above;
        var words = new WordTable();
        List<long> counts = [];
        for (int i = 0; i < Count; i++)
        {
            if (_counts[i] < least || (_counts[i] == least && equal-- <= 0)) continue;
            words.FindOrAdd(_words[i]);
            counts.Add(_counts[i]);
        }
        (_words, _counts) = (words, counts);
    }
}
