namespace MLNet.Pretrain.Training;

/// <summary>Some rows of a store, numbered from 0: all of them, or one side of a split.</summary>
internal sealed class TokenRows
{
    private readonly Func<long, long>? _row;

    internal TokenRows(TokenStore store) => (Store, Count) = (store, store.Count);

    private TokenRows(TokenStore store, long count, Func<long, long> row) => (Store, Count, _row) = (store, count, row);

    public TokenStore Store { get; }

    public long Count { get; }

    /// <summary>The store's number of row <paramref name="index"/>.</summary>
    public long this[long index]
    {
        get
        {
            if ((ulong)index >= (ulong)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} rows.");
            return _row is null ? index : _row(index);
        }
    }

    /// <summary>Divides the rows at random into those to learn from and those to validate on. Takes memory only for rows held out among others that cannot be: a number each.</summary>
    /// <param name="validationFraction">In (0, 1), of the rows that can be held out; at least one of them goes to each side.</param>
    /// <param name="seed">Equal seeds divide alike.</param>
    /// <param name="canValidate">Whether a row of the store can be held out, as one without a label cannot.</param>
    /// <exception cref="InvalidOperationException">There are fewer than two rows that can.</exception>
    public (TokenRows Train, TokenRows Validation) Split(double validationFraction, long seed, Func<long, bool> canValidate)
    {
        long eligible = 0;
        for (long i = 0; i < Count; i++)
            if (canValidate(this[i])) eligible++;
        if (eligible < 2) throw new InvalidOperationException(FormattableString.Invariant($"ValidationFraction is {validationFraction}, but {(eligible == Count ? $"there are {Count} training rows" : $"{eligible} of the {Count} training rows have a label")}; expected at least 2, one to learn from and one to validate on. Add some, or give ValidationData."));
        long held = Math.Clamp((long)Math.Round(eligible * validationFraction), 1, eligible - 1);
        var order = new RowPermutation(eligible, SeedMixer.Mix(seed, SeedMixer.Split));
        if (eligible == Count) return (new(Store, Count - held, i => this[order[held + i]]), new(Store, held, i => this[order[i]]));

        long[] chosen = new long[held];
        for (long i = 0; i < held; i++) chosen[i] = order[i];
        Array.Sort(chosen);
        // From numbers among the rows that can be held out to numbers among all.
        (long among, long next) = (-1, 0);
        for (long i = 0; next < held; i++)
            if (canValidate(this[i]) && ++among == chosen[next]) chosen[next++] = i;
        return (new(Store, Count - held, i => this[i + HeldBefore(chosen, i)]), new(Store, held, i => this[chosen[i]]));
    }

    // How many held rows lie before the one that comes at a place when they are left out.
    private static long HeldBefore(long[] held, long place)
    {
        (long low, long high) = (0, held.Length);
        while (low < high)
        {
            long middle = (low + high) / 2;
            if (held[middle] - middle <= place) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
