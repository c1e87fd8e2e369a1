namespace MLNet.Pretrain.Text;

/// <summary>
/// The words of one text, reused from text to text. An underscore stands between neighbours, so that a phrase of several words is a piece of
/// the same memory.
/// </summary>
internal sealed class WordList
{
    public const char Joint = '_';

    private char[] _characters = new char[256];
    private (int Start, int End)[] _words = new (int, int)[32];
    private (int Start, int End)[] _places = new (int, int)[32];
    private int _length;

    public int Count { get; private set; }

    public ReadOnlySpan<char> this[int index] => _characters.AsSpan(_words[index].Start, _words[index].End - _words[index].Start);

    /// <summary>Where a word stands in the text it was cut out of; nowhere, of length 0, where it was ready-made.</summary>
    public (int Start, int End) PlaceOf(int index) => _places[index];

    public void Clear() => (_length, Count) = (0, 0);

    /// <summary>Room for a word of <paramref name="length"/> characters, of which <see cref="Commit"/> keeps what was written.</summary>
    public Span<char> Reserve(int length)
    {
        int needed = _length + length + 1;
        if (needed > _characters.Length) Array.Resize(ref _characters, Math.Max(needed, _characters.Length * 2));
        return _characters.AsSpan(_length, length);
    }

    /// <param name="length">Characters written.</param>
    /// <param name="start">Where the word begins in its text.</param>
    /// <param name="end">Where it ends.</param>
    public void Commit(int length, int start = 0, int end = 0)
    {
        if (Count == _words.Length)
        {
            Array.Resize(ref _words, Count * 2);
            Array.Resize(ref _places, Count * 2);
        }
        _places[Count] = (start, end);
        _words[Count++] = (_length, _length + length);
        _length += length;
        _characters[_length++] = Joint;
    }

    public void Add(ReadOnlySpan<char> word)
    {
        word.CopyTo(Reserve(word.Length));
        Commit(word.Length);
    }

    /// <summary>Word <paramref name="index"/> and the next as one, an underscore between them.</summary>
    public ReadOnlySpan<char> Pair(int index) => _characters.AsSpan(_words[index].Start, _words[index + 1].End - _words[index].Start);

    /// <summary>Joins neighbours, from left to right, wherever <paramref name="phrases"/> knows the pair; a joined word joins no further.</summary>
    public void Join(PhraseTable phrases)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            bool joins = i + 1 < Count && phrases.Contains(Pair(i), _words[i].End - _words[i].Start);
            int last = joins ? i + 1 : i;
            _places[kept] = (_places[i].Start, _places[last].End);
            _words[kept++] = (_words[i].Start, _words[last].End);
            i = last;
        }
        Count = kept;
    }
}
