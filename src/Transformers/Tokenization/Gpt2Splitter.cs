using System.Globalization;
using System.Text;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// GPT-2's division of a text before bytes are merged, the same as its pattern
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> over code points. .NET's regular expressions see UTF-16
/// units, to which letters beyond U+FFFF are no letters.
/// </summary>
internal static class Gpt2Splitter
{
    private enum Kind : byte
    {
        Other,
        Letter,
        Number,
        Space,
    }

    private static readonly Kind[] s_ascii = [.. Enumerable.Range(0, 128).Select(c => KindOf(new Rune(c)))];

    /// <summary>Where the piece that begins at <paramref name="start"/> ends; pieces follow each other without gaps.</summary>
    /// <param name="text">Not empty behind <paramref name="start"/>.</param>
    /// <param name="start">0, or where a piece ended.</param>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        Kind kind = KindAt(text, start, out int units);
        if (text[start] == '\'')
        {
            int contraction = Contraction(text[(start + 1)..]);
            if (contraction > 0) return start + 1 + contraction;
        }
        if (text[start] == ' ' && start + 1 < text.Length)
        {
            Kind next = KindAt(text, start + 1, out int nextUnits);
            if (next != Kind.Space) return EndOfRun(text, start + 1 + nextUnits, next);
        }
        if (kind != Kind.Space) return EndOfRun(text, start + units, kind);
        int end = EndOfRun(text, start + 1, Kind.Space);
        return end == text.Length || end == start + 1 ? end : end - 1;   // the last one goes with what follows
    }

    private static int EndOfRun(ReadOnlySpan<char> text, int at, Kind kind)
    {
        while (at < text.Length && KindAt(text, at, out int units) == kind) at += units;
        return at;
    }

    private static int Contraction(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty) return 0;
        if (rest[0] is 's' or 't' or 'm' or 'd') return 1;
        return rest is ['r', 'e', ..] or ['v', 'e', ..] or ['l', 'l', ..] ? 2 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int units)
    {
        char c = text[index];
        units = 1;
        if (c < 128) return s_ascii[c];
        if (!char.IsSurrogate(c)) return KindOf(new Rune(c));
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out units);   // U+FFFD for half of a pair, which is of no kind either
        return KindOf(rune);
    }

    private static Kind KindOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
    };
}
