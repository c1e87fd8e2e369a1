namespace MLNet.Pretrain.Text;

/// <summary>
/// N-grams as nodes of a tree: a word is a node by its own number, and a longer n-gram is its parent, the n-gram without the last word, with that
/// word. Nodes are numbered from 0 in the order of their first appearance, a parent before its children. Many may read at once.
/// </summary>
internal sealed class NgramTable
{
    private readonly List<(int Parent, int Word)> _nodes = [];
    private int[] _slots = new int[1 << 12];   // node + 1; 0 = free

    public NgramTable(WordTable words) => Words = words;

    /// <summary>Every word of an n-gram.</summary>
    public WordTable Words { get; }

    public int Count => _nodes.Count;

    /// <summary>The parent (-1 = none) and the last word of a node.</summary>
    public (int Parent, int Word) this[int node] => _nodes[node];

    /// <summary>The node of a word behind a parent (-1 = none); -1 where it is not known.</summary>
    public int Find(int parent, int word) => _slots[SlotOf(parent, word)] - 1;

    /// <summary>The node; a new one gets the next number.</summary>
    public int FindOrAdd(int parent, int word)
    {
        int slot = SlotOf(parent, word);
        if (_slots[slot] > 0) return _slots[slot] - 1;
        _nodes.Add((parent, word));
        _slots[slot] = _nodes.Count;
        if (_nodes.Count * 2L > _slots.Length) Grow();
        return _nodes.Count - 1;
    }

    /// <summary>The words of a node, spaces between.</summary>
    public string NameOf(int node)
    {
        (int parent, int word) = _nodes[node];
        string last = Words[word].ToString();
        return parent < 0 ? last : NameOf(parent) + " " + last;
    }

    /// <summary>The nodes as parents and words, for a file.</summary>
    public int[] ToArray() => [.. _nodes.SelectMany(n => (int[])[n.Parent, n.Word])];

    private int SlotOf(int parent, int word)
    {
        int mask = _slots.Length - 1;
        ulong hash = (((ulong)(uint)parent << 32) | (uint)word) * 0x9E3779B97F4A7C15;
        for (int slot = (int)(hash >> 32) & mask; ; slot = (slot + 1) & mask)
            if (_slots[slot] == 0 || _nodes[_slots[slot] - 1] == (parent, word)) return slot;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        for (int node = 0; node < _nodes.Count; node++) _slots[SlotOf(_nodes[node].Parent, _nodes[node].Word)] = node + 1;
    }
}
