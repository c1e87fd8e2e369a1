namespace MLNet.Pretrain.Training;

/// <summary>Some rows of a store, numbered from 0: all of them, or one side of a split.</summary>
internal sealed class TokenRows
{
    private readonly TokenRows? _parent;
    private readonly RowPermutation? _order;
    private readonly long _first;

    internal TokenRows(TokenStore store) => (Store, Count) = (store, store.Count);

    private TokenRows(TokenRows parent, RowPermutation order, long first, long count) =>
        (Store, _parent, _order, _first, Count) = (parent.Store, parent, order, first, count);

    public TokenStore Store { get; }

    public long Count { get; }

    /// <summary>The store's number of row <paramref name="index"/>.</summary>
    public long this[long index]
    {
        get
        {
            if ((ulong)index >= (ulong)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} rows.");
            return _parent is null ? index : _parent[_order![_first + index]];
        }
    }

    /// <summary>Divides the rows at random into those to learn from and those to validate on. Takes no memory for it.</summary>
    /// <param name="validationFraction">In (0, 1); at least one row goes to each side.</param>
    /// <param name="seed">Equal seeds divide alike.</param>
    /// <exception cref="InvalidOperationException">There are fewer than two rows.</exception>
    public (TokenRows Train, TokenRows Validation) Split(double validationFraction, long seed)
    {
        if (Count < 2) throw new InvalidOperationException(FormattableString.Invariant($"ValidationFraction is {validationFraction}, but there are {Count} training rows; expected at least 2, one to learn from and one to validate on."));
        long held = Math.Clamp((long)Math.Round(Count * validationFraction), 1, Count - 1);
        var order = new RowPermutation(Count, SeedMixer.Mix(seed, SeedMixer.Split));
        return (new TokenRows(this, order, held, Count - held), new TokenRows(this, order, 0, held));
    }
}
