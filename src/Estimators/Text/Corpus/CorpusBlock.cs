namespace MLNet.Pretrain.Text;

/// <summary>Some text of a corpus, copied out of the rows so that reading and counting can run side by side.</summary>
/// <param name="capacity">Characters that are given out as <see cref="IsFullFor"/>.</param>
internal sealed class CorpusBlock(int capacity)
{
    /// <summary>Characters of a block: large enough to hide the hand-over, small enough to stay in cache.</summary>
    public const int Capacity = 1 << 18;

    // Rows may be empty, and tokens short.
    private const int MaxSegments = 1 << 16;

    private readonly List<(int End, bool EndsRow)> _segments = [];
    private char[] _characters = new char[capacity];
    private int _length;

    public CorpusBlock() : this(Capacity) { }

    public int SegmentCount => _segments.Count;

    /// <summary>Whether a text is for the next block; an empty block takes any.</summary>
    public bool IsFullFor(ReadOnlySpan<char> text) => _segments.Count > 0 && (text.Length > capacity - _length || _segments.Count == MaxSegments);

    /// <summary>Adds a text, one token, or a part of a long text.</summary>
    public void Add(ReadOnlySpan<char> text, bool endsRow)
    {
        if (_length + text.Length > _characters.Length) Array.Resize(ref _characters, _length + text.Length);
        text.CopyTo(_characters.AsSpan(_length));
        _length += text.Length;
        _segments.Add((_length, endsRow));
    }

    public ReadOnlySpan<char> Segment(int index, out bool endsRow)
    {
        int start = index == 0 ? 0 : _segments[index - 1].End;
        (int end, endsRow) = _segments[index];
        return _characters.AsSpan(start, end - start);
    }

    public void Clear()
    {
        _segments.Clear();
        _length = 0;
    }
}
