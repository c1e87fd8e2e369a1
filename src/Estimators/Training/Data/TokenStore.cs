using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Training;

/// <summary>Tokenized rows in memory-mapped files, which are deleted when it is disposed. Safe for readers on several threads.</summary>
internal sealed class TokenStore : IDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly MappedFile _tokens, _rows;

    internal TokenStore(TemporaryFolder folder, TokenStoreFormat format, long count, long tokenCount, int longest, bool weighted, string fingerprint)
    {
        (_folder, Format, Count, TokenCount, LongestRow, HasWeights, Fingerprint) = (folder, format, count, tokenCount, longest, weighted, fingerprint);
        _tokens = new MappedFile(Path.Combine(folder.Path, TokenStoreWriter.TokensFile));
        _rows = new MappedFile(Path.Combine(folder.Path, TokenStoreWriter.RowsFile));
        // What is mapped stays until it is let go, elsewhere than on Windows: so not even a killed process leaves a corpus behind.
        if (!OperatingSystem.IsWindows()) folder.Dispose();
    }

    public TokenStoreFormat Format { get; }

    /// <summary>Rows.</summary>
    public long Count { get; }

    /// <summary>Tokens of all rows.</summary>
    public long TokenCount { get; }

    /// <summary>Tokens of the longest row.</summary>
    public int LongestRow { get; }

    /// <summary>Whether a row's weight is other than 1.</summary>
    public bool HasWeights { get; }

    /// <summary>A hash of all rows in their order.</summary>
    public string Fingerprint { get; }

    /// <summary>Every row, in the order written.</summary>
    public TokenRows All => new(this);

    /// <summary>Tokens of a row.</summary>
    public int Length(long row) => Row(row).Length;

    /// <summary>Label of a row: its class, its number, or how many classes its set has.</summary>
    public float Label(long row) => Format.Labels == LabelKind.Value ? BitConverter.Int32BitsToSingle(Row(row).LabelBits) : Row(row).LabelBits;

    /// <summary>Class of a row of a store of <see cref="LabelKind.Class"/>.</summary>
    public long ClassLabel(long row) => Row(row).LabelBits;

    /// <summary>Weight of a row.</summary>
    public float Weight(long row) => Row(row).Weight;

    /// <summary>Tokens of a row's first text with its special tokens; the others belong to the second text.</summary>
    public int FirstSegmentLength(long row) => Row(row).FirstSegmentLength;

    /// <summary>Copies a row's ids to the start of <paramref name="destination"/> and returns their number.</summary>
    public int CopyIds(long row, Span<long> destination)
    {
        StoredRow record = Row(row);
        Copy(record.FirstToken, destination[..record.Length]);
        return record.Length;
    }

    /// <summary>The classes of a row of a store of <see cref="LabelKind.Set"/>.</summary>
    public long[] ClassSet(long row)
    {
        StoredRow record = Row(row);
        var classes = new long[record.LabelBits];
        Copy(record.FirstToken + record.Length, classes);
        return classes;
    }

    public void Dispose()
    {
        _tokens.Dispose();
        _rows.Dispose();
        _folder.Dispose();
    }

    private void Copy(long first, Span<long> destination)
    {
        if (Format.IdBytes == sizeof(ushort))
        {
            ReadOnlySpan<ushort> ids = _tokens.Read<ushort>(first, destination.Length);
            for (int i = 0; i < ids.Length; i++) destination[i] = ids[i];
        }
        else
        {
            ReadOnlySpan<int> ids = _tokens.Read<int>(first, destination.Length);
            for (int i = 0; i < ids.Length; i++) destination[i] = ids[i];
        }
    }

    private StoredRow Row(long row)
    {
        if ((ulong)row >= (ulong)Count) throw new ArgumentOutOfRangeException(nameof(row), row, $"The store has {Count} rows.");
        return _rows.Read<StoredRow>(row, 1)[0];
    }
}
