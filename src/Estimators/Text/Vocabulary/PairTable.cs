using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>Pairs of neighbouring pieces with their counts and the positions where they were seen, which may have gone since.</summary>
internal sealed class PairTable
{
    private const int None = -1;

    private readonly Dictionary<ulong, int> _indexOf = [];
    private readonly List<Pair> _pairs = [];
    private readonly List<int> _touched = [];
    private readonly List<int> _taken = [];

    // Lists of positions, linked: millions of them are short. Places of a list that was taken serve again.
    private (int Position, int Next)[] _nodes = new (int, int)[1024];
    private int _nodeCount, _freeNode = None;
    private int _round = 1;

    public int Count => _pairs.Count;

    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    public static (int Left, int Right) Split(ulong key) => ((int)(key >> 32), (int)(uint)key);

    public long CountOf(int pair) => CollectionsMarshal.AsSpan(_pairs)[pair].Count;

    public ulong KeyOf(int pair) => CollectionsMarshal.AsSpan(_pairs)[pair].Key;

    public int Find(ulong key) => _indexOf[key];

    /// <summary>Counts a pair at a position.</summary>
    public void Add(ulong key, int position, long count)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indexOf, key, out bool known);
        if (!known)
        {
            index = _pairs.Count;
            _pairs.Add(new Pair { Key = key, First = None, Last = None });
        }
        ref Pair pair = ref CollectionsMarshal.AsSpan(_pairs)[index];
        pair.Count += count;
        int node = NewNode(position);
        if (pair.Last == None) pair.First = node;
        else _nodes[pair.Last].Next = node;
        pair.Last = node;
        if (pair.TouchedIn == _round) return;
        pair.TouchedIn = _round;
        _touched.Add(index);
    }

    public void Reduce(int pair, long count) => CollectionsMarshal.AsSpan(_pairs)[pair].Count -= count;

    /// <summary>Empties a pair's list into another, positions in rising order, so that <c>aaa</c> is merged from its start.</summary>
    public void TakePositions(int pair, List<int> positions)
    {
        positions.Clear();
        ref Pair state = ref CollectionsMarshal.AsSpan(_pairs)[pair];
        bool rising = true;
        for (int node = state.First; node != None; node = _nodes[node].Next)
        {
            rising &= positions.Count == 0 || positions[^1] <= _nodes[node].Position;
            positions.Add(_nodes[node].Position);
        }
        if (state.Last != None) (_nodes[state.Last].Next, _freeNode) = (_freeNode, state.First);
        (state.First, state.Last) = (None, None);
        if (!rising) positions.Sort();
    }

    /// <summary>The pairs that <see cref="Add"/> counted since the last call; valid till the next.</summary>
    public IReadOnlyList<int> TakeTouched()
    {
        _taken.Clear();
        _taken.AddRange(_touched);
        _touched.Clear();
        _round++;
        return _taken;
    }

    private int NewNode(int position)
    {
        int node = _freeNode;
        if (node != None)
        {
            _freeNode = _nodes[node].Next;
        }
        else
        {
            if (_nodeCount == _nodes.Length) Array.Resize(ref _nodes, _nodes.Length * 2);
            node = _nodeCount++;
        }
        _nodes[node] = (position, None);
        return node;
    }

    private struct Pair
    {
        public ulong Key;
        public long Count;
        public int First, Last, TouchedIn;
    }
}
