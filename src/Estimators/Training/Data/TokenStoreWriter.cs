using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Training;

/// <summary>Appends rows to the files of a token store: ids back to back in one, the classes of a row's set after its ids; a fixed-size record a row in the other.</summary>
internal sealed class TokenStoreWriter : IDisposable
{
    internal const string TokensFile = "tokens.bin", RowsFile = "rows.bin";
    private const int BufferBytes = 1 << 20;

    private readonly TokenStoreFormat _format;
    private readonly TemporaryFolder _folder = new();
    private readonly FileStream _tokens, _rows;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _tokenCount, _written;
    private int _longest;
    private bool _weighted, _completed;

    public TokenStoreWriter(TokenStoreFormat format)
    {
        _format = format;
        _tokens = new FileStream(Path.Combine(_folder.Path, TokensFile), FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferBytes);
        _rows = new FileStream(Path.Combine(_folder.Path, RowsFile), FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferBytes);
    }

    /// <summary>Rows so far.</summary>
    public long Count { get; private set; }

    /// <summary>Appends a row labelled with a class.</summary>
    public void Append(ReadOnlySpan<int> ids, int firstSegmentLength, int classLabel, float weight = 1)
    {
        Require(LabelKind.Class);
        Append(ids, firstSegmentLength, classLabel, weight, LabelKind.Class);
    }

    /// <summary>Appends a row labelled with a number.</summary>
    public void Append(ReadOnlySpan<int> ids, int firstSegmentLength, float value, float weight = 1)
    {
        Require(LabelKind.Value);
        Append(ids, firstSegmentLength, BitConverter.SingleToInt32Bits(value), weight, LabelKind.Value);
    }

    /// <summary>Appends a row labelled with classes, each of which is there once.</summary>
    public void Append(ReadOnlySpan<int> ids, int firstSegmentLength, ReadOnlySpan<int> classes, float weight = 1)
    {
        Require(LabelKind.Set);
        foreach (int @class in classes)
            if ((uint)@class >= (uint)_format.ClassCount) throw new ArgumentOutOfRangeException(nameof(classes), @class, $"Row {Count} has a class outside of the {_format.ClassCount} that there are.");
        Append(ids, firstSegmentLength, classes.Length, weight, LabelKind.Set, classes);
    }

    /// <summary>Ends writing; the store deletes the files when it is disposed.</summary>
    public TokenStore Complete()
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        _tokens.Dispose();
        _rows.Dispose();
        var store = new TokenStore(_folder, _format, Count, _tokenCount, _longest, _weighted, Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, 16)));
        _completed = true;
        return store;
    }

    public void Dispose()
    {
        _tokens.Dispose();
        _rows.Dispose();
        _hash.Dispose();
        if (!_completed) _folder.Dispose();
    }

    private void Require(LabelKind kind)
    {
        if (_format.Labels != kind) throw new InvalidOperationException($"The token store holds labels of kind {_format.Labels}; a label of kind {kind} was appended.");
    }

    private void Append(ReadOnlySpan<int> ids, int firstSegmentLength, int labelBits, float weight, LabelKind kind, ReadOnlySpan<int> classes = default)
    {
        if (ids.IsEmpty) throw new ArgumentException("A row without tokens cannot be stored; expected at least one id.", nameof(ids));
        if (firstSegmentLength < 0 || firstSegmentLength > ids.Length)
            throw new ArgumentOutOfRangeException(nameof(firstSegmentLength), firstSegmentLength, $"The first segment of a row of {ids.Length} tokens has 0 to {ids.Length} tokens.");
        if (kind == LabelKind.Class && labelBits < 0) throw new ArgumentOutOfRangeException(nameof(labelBits), labelBits, "Classes count from 0.");
        CheckIds(ids);
        WriteIds(ids);
        WriteIds(classes);
        var row = new StoredRow(_written, ids.Length, firstSegmentLength, labelBits, weight);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<StoredRow>(in row));
        _rows.Write(bytes);
        _hash.AppendData(bytes);
        _tokenCount += ids.Length;
        _written += ids.Length + classes.Length;
        _longest = Math.Max(_longest, ids.Length);
        _weighted |= weight != 1;
        Count++;
    }

    private void CheckIds(ReadOnlySpan<int> ids)
    {
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)_format.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(ids), ids[i], $"Token {i} of row {Count} is outside the vocabulary of {_format.VocabularySize}; the tokenizer and the encoder do not belong together.");
    }

    private void WriteIds(ReadOnlySpan<int> ids)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(ids.Length * _format.IdBytes);
        try
        {
            Span<byte> bytes = rented.AsSpan(0, ids.Length * _format.IdBytes);
            Span<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(bytes);
            Span<int> wide = MemoryMarshal.Cast<byte, int>(bytes);
            for (int i = 0; i < ids.Length; i++)
            {
                if (_format.IdBytes == sizeof(ushort)) narrow[i] = (ushort)ids[i];
                else wide[i] = ids[i];
            }
            _tokens.Write(bytes);
            _hash.AppendData(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
