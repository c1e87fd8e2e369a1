namespace MLNet.Pretrain.Text;

/// <summary>The entries of a vocabulary that grows, by id.</summary>
/// <param name="continuationPrefix">Stands before pieces that continue a word; empty = nothing does.</param>
internal sealed class PieceTable(string continuationPrefix)
{
    private readonly List<string> _pieces = [];
    private readonly Dictionary<string, int> _idOf = new(StringComparer.Ordinal);

    public int Count => _pieces.Count;

    public string this[int id] => _pieces[id];

    /// <summary>The entry's id; a new one gets the next.</summary>
    public int Add(string piece)
    {
        if (_idOf.TryGetValue(piece, out int id)) return id;
        _idOf.Add(piece, _pieces.Count);
        _pieces.Add(piece);
        return _pieces.Count - 1;
    }

    /// <summary>The entry that two neighbours make together.</summary>
    public int Join(int left, int right) => Add(_pieces[left] + _pieces[right][continuationPrefix.Length..]);

    public string[] ToArray() => [.. _pieces];
}
