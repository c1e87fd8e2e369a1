using System.Numerics;
using System.Runtime.CompilerServices;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// The vocabulary as two tries in one open-addressed table, one for pieces that begin a word and one for those that continue it,
/// so that the longest match costs one probe a character.
/// </summary>
internal sealed class PieceTrie
{
    private const int WordRoot = 0;
    private const int ContinuationRoot = 1;
    private const string ContinuationPrefix = "##";

    private readonly Edge[] _edges;
    private readonly int[] _ids;
    private readonly int _shift;

    public PieceTrie(IReadOnlyList<string> vocabulary)
    {
        long characters = vocabulary.Sum(token => (long)token.Length);
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, characters * 2));
        _edges = new Edge[capacity];
        _shift = 64 - BitOperations.Log2((uint)capacity);
        var ids = new List<int> { -1, -1 };
        for (int id = 0; id < vocabulary.Count; id++)
        {
            string token = vocabulary[id];
            bool continues = token.Length > ContinuationPrefix.Length && token.StartsWith(ContinuationPrefix, StringComparison.Ordinal);
            int node = Insert(continues ? token.AsSpan(ContinuationPrefix.Length) : token, continues ? ContinuationRoot : WordRoot, ids);
            if (ids[node] < 0) ids[node] = id;   // of duplicates the first stands
        }
        _ids = [.. ids];
    }

    /// <summary>The longest piece that the text starts with.</summary>
    /// <param name="text">The rest of a word.</param>
    /// <param name="continues">Whether the piece continues a word.</param>
    /// <param name="length">Characters matched; 0 where there is none.</param>
    /// <returns>Its id, or -1.</returns>
    public int LongestMatch(ReadOnlySpan<char> text, bool continues, out int length)
    {
        int node = continues ? ContinuationRoot : WordRoot;
        int id = -1;
        length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            node = Child(node, text[i]);
            if (node < 0) break;
            if (_ids[node] < 0) continue;
            id = _ids[node];
            length = i + 1;
        }
        return id;
    }

    private int Insert(ReadOnlySpan<char> token, int node, List<int> ids)
    {
        foreach (char c in token)
        {
            int child = Child(node, c);
            if (child < 0)
            {
                child = ids.Count;
                ids.Add(-1);
                int slot = Slot(Key(node, c));
                while (_edges[slot].Key != 0) slot = (slot + 1) & (_edges.Length - 1);
                _edges[slot] = new Edge(Key(node, c), child);
            }
            node = child;
        }
        return node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Child(int node, char c)
    {
        ulong key = Key(node, c);
        Edge[] edges = _edges;
        for (int slot = Slot(key); ; slot = (slot + 1) & (edges.Length - 1))
        {
            ref readonly Edge edge = ref edges[slot];
            if (edge.Key == key) return edge.Child;
            if (edge.Key == 0) return -1;
        }
    }

    // Never 0: the node is counted from 1.
    private static ulong Key(int node, char c) => ((ulong)(node + 1) << 16) | c;

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15UL) >> _shift);

    private readonly record struct Edge(ulong Key, int Child);
}
