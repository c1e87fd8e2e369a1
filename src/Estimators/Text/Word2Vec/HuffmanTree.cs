namespace MLNet.Pretrain.Text;

/// <summary>
/// The Huffman tree over word counts, built as word2vec.c builds it: the way to a word is a list of inner nodes from the root down, and at each
/// the turn taken (0 or 1).
/// </summary>
internal sealed class HuffmanTree
{
    private readonly int[] _starts, _points;
    private readonly byte[] _codes;

    /// <param name="counts">By word, most frequent first.</param>
    public HuffmanTree(ReadOnlySpan<long> counts)
    {
        int n = counts.Length;
        int[] parent = new int[Math.Max(2 * n - 1, 1)];
        byte[] turn = new byte[parent.Length];
        Join(counts, parent, turn);
        _starts = new int[n + 1];
        for (int word = 0; word < n; word++)
        {
            int depth = 0;
            for (int node = word; node != 2 * n - 2; node = parent[node]) depth++;
            _starts[word + 1] = checked(_starts[word] + depth);
        }
        (_points, _codes) = (new int[_starts[n]], new byte[_starts[n]]);
        for (int word = 0; word < n; word++)
        {
            int at = _starts[word + 1] - 1;
            for (int node = word; node != 2 * n - 2; node = parent[node], at--) (_points[at], _codes[at]) = (parent[node] - n, turn[node]);
        }
    }

    /// <summary>Inner nodes from the root to the word.</summary>
    public ReadOnlySpan<int> Points(int word) => _points.AsSpan(_starts[word].._starts[word + 1]);

    /// <summary>The turn at each of <see cref="Points"/>.</summary>
    public ReadOnlySpan<byte> Codes(int word) => _codes.AsSpan(_starts[word].._starts[word + 1]);

    // Two queues: words from the rarest up, and inner nodes in the order they were made, which rises too.
    private static void Join(ReadOnlySpan<long> counts, int[] parent, byte[] turn)
    {
        int n = counts.Length;
        long[] weight = new long[parent.Length];
        counts.CopyTo(weight);
        Array.Fill(weight, long.MaxValue, n, weight.Length - n);
        int word = n - 1, inner = n;
        for (int node = n; node < weight.Length; node++)
        {
            int first = Smallest(weight), second = Smallest(weight);
            weight[node] = weight[first] + weight[second];
            (parent[first], parent[second], turn[second]) = (node, node, 1);
        }

        int Smallest(long[] weight) => word >= 0 && weight[word] < weight[inner] ? word-- : inner++;
    }
}
