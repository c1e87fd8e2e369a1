using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tokenization;

/// <summary>A token sequence in buffers that are reused from text to text. Not thread safe: one each thread.</summary>
public sealed class EncodedText
{
    private int[] _ids = new int[64];
    private byte[] _typeIds = new byte[64];
    private TokenOffset[] _offsets = new TokenOffset[64];
    private WordList? _words;

    /// <summary>Tokens, special tokens included.</summary>
    public int Length { get; private set; }

    /// <summary>Whether anything was cut to keep the limit.</summary>
    public bool Truncated { get; internal set; }

    /// <summary>Token ids.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Length);

    /// <summary>0 for the first text, 1 for the second.</summary>
    public ReadOnlySpan<byte> TypeIds => _typeIds.AsSpan(0, Length);

    /// <summary>Where each token stands in its own original text.</summary>
    public ReadOnlySpan<TokenOffset> Offsets => _offsets.AsSpan(0, Length);

    /// <summary>Room for the words of a text, for encoders that divide it into words first.</summary>
    internal WordList Words => _words ??= new WordList();

    internal void Clear() => (Length, Truncated) = (0, false);

    internal void Add(int id, TokenOffset offset)
    {
        if (Length == _ids.Length) Grow();
        _ids[Length] = id;
        _typeIds[Length] = 0;
        _offsets[Length++] = offset;
    }

    internal void Add(int id) => Add(id, default);

    /// <summary>Takes tokens first to end - 1 out of the sequence.</summary>
    internal void RemoveRange(int first, int end)
    {
        int tail = Length - end;
        Array.Copy(_ids, end, _ids, first, tail);
        Array.Copy(_offsets, end, _offsets, first, tail);
        Length = first + tail;
    }

    internal void MarkSecond(int first) => _typeIds.AsSpan(first, Length - first).Fill(1);

    internal void SetLength(int length) => Length = length;

    private void Grow()
    {
        Array.Resize(ref _ids, _ids.Length * 2);
        Array.Resize(ref _typeIds, _ids.Length);
        Array.Resize(ref _offsets, _ids.Length);
    }
}
