using System.Globalization;
using System.Text;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// BERT's basic tokenization as a reader: cleaned, lower-cased, accent-stripped words and single punctuation marks, each character with its
/// place in the original text. Plain ASCII words take a short path; everything else is normalised a run at a time.
/// </summary>
internal sealed class WordReader(BertWordPieceOptions options)
{
    private readonly string[] _specialTokens = options.RecogniseSpecialTokens ? [.. options.SpecialTokens] : [];
    private readonly bool _stripAccents = options.StripsAccents;
    private char[] _word = new char[128];
    private int[] _starts = new int[128], _ends = new int[128];
    private int _runLength, _runPosition, _wordStart, _wordLength, _linearStart;
    private bool _linear;

    /// <summary>Where reading goes on; it may be moved between words, not <see cref="InRun"/>.</summary>
    public int Position { get; set; }

    /// <summary>Whether words of a normalised run are still to come.</summary>
    public bool InRun => _runPosition < _runLength;

    /// <summary>Whether the present word stands in the text as it is, but for ASCII case.</summary>
    public bool IsPlain => _linear;

    /// <summary>The present word, normalised.</summary>
    public ReadOnlySpan<char> Word => _word.AsSpan(_wordStart, _wordLength);

    /// <summary>Whether the present word is a special token as it was written.</summary>
    public bool IsSpecial { get; private set; }

    public void Reset() => (Position, _runLength, _runPosition) = (0, 0, 0);

    /// <summary>Where part of the present word stands in the original text.</summary>
    public TokenOffset OffsetOf(int first, int length)
    {
        if (_linear) return new TokenOffset(_linearStart + first, length);
        int start = _starts[_wordStart + first];
        return new TokenOffset(start, _ends[_wordStart + first + length - 1] - start);
    }

    /// <summary>Moves to the next word.</summary>
    public bool MoveNext(ReadOnlySpan<char> text)
    {
        while (true)
        {
            if (_runPosition < _runLength) return NextOfRun();
            (_runLength, _runPosition, IsSpecial) = (0, 0, false);
            if (Position >= text.Length) return false;
            char c = text[Position];
            if (c < 128)
            {
                if (char.IsAsciiLetterOrDigit(c))
                {
                    if (ReadAsciiWord(text)) return true;
                }
                else if (c is ' ' or '\t' or '\n' or '\r' || c < 32 || c == 127)
                {
                    Position++;   // control characters are dropped, which here equals skipping
                    continue;
                }
                else if (ReadSpecial(text) || ReadAsciiPunctuation(text)) return true;
            }
            ReadRun(text);
        }
    }

    // A word of ASCII letters and digits that ends at white space, ASCII punctuation or the end: no normalisation but case.
    private bool ReadAsciiWord(ReadOnlySpan<char> text)
    {
        int start = Position, end = start + 1;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
        if (end < text.Length && (text[end] >= 128 || (text[end] < 32 && text[end] is not ('\t' or '\n' or '\r')) || text[end] == 127)) return false;
        int length = end - start;
        EnsureCapacity(length);
        ReadOnlySpan<char> source = text[start..end];
        if (options.LowerCase) Ascii.ToLower(source, _word, out _);
        else source.CopyTo(_word);
        (_linear, _linearStart, _wordStart, _wordLength, Position) = (true, start, 0, length, end);
        return true;
    }

    private bool ReadAsciiPunctuation(ReadOnlySpan<char> text)
    {
        _word[0] = text[Position];
        (_linear, _linearStart, _wordStart, _wordLength) = (true, Position, 0, 1);
        Position++;
        return true;
    }

    // Only a word between white space counts: 'a[MASK]b' is cut like any text.
    private bool ReadSpecial(ReadOnlySpan<char> text)
    {
        if (_specialTokens.Length == 0 || (Position > 0 && !EndsWord(text, Position - 1))) return false;
        foreach (string token in _specialTokens)
        {
            if (!text[Position..].StartsWith(token, StringComparison.Ordinal)) continue;
            int end = Position + token.Length;
            if (end < text.Length && !EndsWord(text, end)) continue;
            EnsureCapacity(token.Length);
            token.CopyTo(_word);
            (_linear, _linearStart, _wordStart, _wordLength, Position, IsSpecial) = (true, Position, 0, token.Length, end, true);
            return true;
        }
        return false;
    }

    private bool EndsWord(ReadOnlySpan<char> text, int index)
    {
        Rune rune = RuneAt(text, index, out _);
        return CharacterClasses.IsWhitespace(rune) || (options.SplitChinese && CharacterClasses.IsChinese(rune));
    }

    // Everything up to white space, or one Chinese character, cleaned and normalised.
    private void ReadRun(ReadOnlySpan<char> text)
    {
        int length = 0;
        bool ascii = true;
        while (Position < text.Length)
        {
            Rune rune = RuneAt(text, Position, out int units);
            bool lone = rune == Rune.ReplacementChar;   // U+FFFD itself or half of a surrogate pair
            if (!lone && CharacterClasses.IsWhitespace(rune))
            {
                Position += units;
                break;
            }
            if (lone || CharacterClasses.IsDropped(rune, options.DropUnassigned))
            {
                Position += units;
                continue;
            }
            bool chinese = options.SplitChinese && CharacterClasses.IsChinese(rune);
            if (chinese && length > 0) break;
            EnsureCapacity(length + 2);
            length += Append(rune, length, Position, Position + units);
            ascii &= rune.IsAscii;
            Position += units;
            if (chinese) break;
        }
        if (options.LowerCase) length = ToLower(length);
        if (_stripAccents && !ascii) length = StripAccents(length);
        (_runLength, _runPosition, _linear) = (length, 0, false);
    }

    private bool NextOfRun()
    {
        _wordStart = _runPosition;
        Rune first = RuneAt(_word.AsSpan(0, _runLength), _runPosition, out int units);
        _runPosition += units;
        if (!CharacterClasses.IsPunctuation(first))
        {
            while (_runPosition < _runLength)
            {
                Rune rune = RuneAt(_word.AsSpan(0, _runLength), _runPosition, out units);
                if (CharacterClasses.IsPunctuation(rune)) break;
                _runPosition += units;
            }
        }
        _wordLength = _runPosition - _wordStart;
        return true;
    }

    private int Append(Rune rune, int at, int start, int end)
    {
        int units = rune.EncodeToUtf16(_word.AsSpan(at));
        for (int i = 0; i < units; i++) (_starts[at + i], _ends[at + i]) = (start, end);
        return units;
    }

    // Python's str.lower where it differs from a map of single characters: final sigma, and dotted capital I.
    private int ToLower(int length)
    {
        for (int i = 0; i < length;)
        {
            Rune rune = RuneAt(_word.AsSpan(0, length), i, out int units);
            if (rune.Value == 0x0130)
            {
                EnsureCapacity(length + 1);
                Array.Copy(_word, i + 1, _word, i + 2, length - i - 1);
                Array.Copy(_starts, i, _starts, i + 1, length - i);
                Array.Copy(_ends, i, _ends, i + 1, length - i);
                (_word[i], _word[i + 1]) = ('i', '\u0307');
                length++;
                i += 2;
                continue;
            }
            if (rune.Value == 0x03A3) _word[i] = CharacterClasses.IsFinalSigma(_word.AsSpan(0, length), i) ? '\u03C2' : '\u03C3';
            else Rune.ToLowerInvariant(rune).EncodeToUtf16(_word.AsSpan(i, units));
            i += units;
        }
        return length;
    }

    // NFD and dropping non-spacing marks, one starter with its marks at a time: dropping the marks makes their order irrelevant.
    private int StripAccents(int length)
    {
        ReadOnlySpan<char> source = _word.AsSpan(0, length).ToArray();
        ReadOnlySpan<int> starts = _starts.AsSpan(0, length).ToArray(), ends = _ends.AsSpan(0, length).ToArray();
        int target = 0;
        Span<char> one = stackalloc char[2];
        for (int i = 0; i < length;)
        {
            Rune rune = RuneAt(source, i, out int units);
            if (rune.IsAscii || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNotAssigned)   // which Normalize refuses
            {
                EnsureCapacity(target + 2);
                target += Append(rune, target, starts[i], ends[i]);
            }
            else
            {
                int written = rune.EncodeToUtf16(one);
                foreach (Rune part in new string(one[..written]).Normalize(NormalizationForm.FormD).EnumerateRunes())
                {
                    if (Rune.GetUnicodeCategory(part) == UnicodeCategory.NonSpacingMark)
                    {
                        if (target > 0) _ends[target - 1] = Math.Max(_ends[target - 1], ends[i]);   // the accent belongs to its letter
                        continue;
                    }
                    EnsureCapacity(target + 2);
                    target += Append(part, target, starts[i], ends[i]);
                }
            }
            i += units;
        }
        return target;
    }

    private static Rune RuneAt(ReadOnlySpan<char> text, int index, out int units)
    {
        char c = text[index];
        if (!char.IsSurrogate(c))
        {
            units = 1;
            return new Rune(c);
        }
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out units);
        return rune;
    }

    private void EnsureCapacity(int length)
    {
        if (length <= _word.Length) return;
        int size = Math.Max(length, _word.Length * 2);
        Array.Resize(ref _word, size);
        Array.Resize(ref _starts, size);
        Array.Resize(ref _ends, size);
    }
}
