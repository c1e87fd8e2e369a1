namespace MLNet.Pretrain.Training;

/// <summary>Some rows of a store, numbered from 0: all of them, or one side of a split.</summary>
internal sealed class TokenRows
{
    private readonly RowPermutation? _order;
    private readonly long _first;

    internal TokenRows(TokenStore store, RowPermutation? order, long first, long count) =>
        (Store, _order, _first, Count) = (store, order, first, count);

    public TokenStore Store { get; }

    public long Count { get; }

    /// <summary>The store's number of row <paramref name="index"/>.</summary>
    public long this[long index]
    {
        get
        {
            if ((ulong)index >= (ulong)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} rows.");
            return _order is null ? _first + index : _order[_first + index];
        }
    }
}
