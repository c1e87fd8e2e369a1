using System.Globalization;
using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Divides texts into words, and joins words that a corpus showed to be phrases.</summary>
/// <param name="splitting">How.</param>
/// <param name="phrases">One table of pairs a pass; empty = none.</param>
internal sealed class WordSplitter(WordSplitting splitting, IReadOnlyList<PhraseTable> phrases)
{
    private static readonly byte[] s_asciiWord = AsciiWordCharacters();

    public WordSplitter(WordSplitting splitting) : this(splitting, []) { }

    public WordSplitting Splitting => splitting;

    public IReadOnlyList<PhraseTable> Phrases => phrases;

    /// <summary>Replaces the list's content by the words of a text.</summary>
    public void Split(ReadOnlySpan<char> text, WordList words)
    {
        words.Clear();
        switch (splitting.Unit)
        {
            case WordUnit.Word: SplitWords(text, words); break;
            case WordUnit.Whitespace: SplitWhitespace(text, words); break;
            default: SplitCharacters(text, words); break;
        }
        Join(words);
    }

    /// <summary>Replaces the list's content by words that were made elsewhere: they are taken as they are, but for their case.</summary>
    public void Take(ReadOnlySpan<ReadOnlyMemory<char>> tokens, WordList words)
    {
        words.Clear();
        foreach (ReadOnlyMemory<char> token in tokens) AddToken(token.Span, words);
        Join(words);
    }

    /// <summary>Adds one ready-made word; an empty or overlong one is dropped.</summary>
    public void AddToken(ReadOnlySpan<char> token, WordList words, int start = 0, int end = 0)
    {
        if (token.Length is 0 or > WordSplitting.MaxWordLength) return;
        Span<char> target = words.Reserve(token.Length);
        int written = splitting.Lowercase ? token.ToLowerInvariant(target) : Copy(token, target);
        ReplaceLoneSurrogates(target[..written]);
        words.Commit(written, start, end);
    }

    public void Join(WordList words)
    {
        foreach (PhraseTable table in phrases) words.Join(table);
    }

    private void SplitWhitespace(ReadOnlySpan<char> text, WordList words)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !char.IsWhiteSpace(text[i])) continue;
            if (i > start) AddToken(text[start..i], words, start, i);
            start = i + 1;
        }
    }

    private void SplitCharacters(ReadOnlySpan<char> text, WordList words)
    {
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            Rune.DecodeFromUtf16(text[i..], out Rune rune, out int consumed);
            i += consumed;
            if (Rune.IsWhiteSpace(rune)) continue;
            Rune kept = splitting.Lowercase ? Rune.ToLowerInvariant(rune) : rune;
            words.Commit(kept.EncodeToUtf16(words.Reserve(2)), start, i);
        }
    }

    private void SplitWords(ReadOnlySpan<char> text, WordList words)
    {
        const int TooLong = WordSplitting.MaxWordLength + 1;
        byte[] ascii = s_asciiWord;
        bool lowercase = splitting.Lowercase;
        Span<char> word = words.Reserve(TooLong + 1);
        // A word begins where the last separator ended.
        int length = 0, start = 0;
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            if (c < 128)
            {
                i++;
                byte lower = ascii[c];
                if (lower != 0)
                {
                    word[length] = lowercase ? (char)lower : c;
                    if (length < TooLong) length++;
                    continue;
                }
                if (c == '\'' && length > 0 && StartsWord(text, i))
                {
                    word[length] = c;
                    if (length < TooLong) length++;
                    continue;
                }
                word = End(words, word, ref length, start, i - 1);
                start = i;
                continue;
            }
            Rune.DecodeFromUtf16(text[i..], out Rune rune, out int consumed);
            i += consumed;
            if (IsHan(rune.Value))
            {
                word = End(words, word, ref length, start, i - consumed);
                length = rune.EncodeToUtf16(word);
                word = End(words, word, ref length, i - consumed, i);
                start = i;
            }
            else if (IsWordRune(rune))
            {
                int written = (lowercase ? Rune.ToLowerInvariant(rune) : rune).EncodeToUtf16(word[Math.Min(length, TooLong - 1)..]);
                length = Math.Min(length + written, TooLong);
            }
            else if (rune.Value == 0x2019 && length > 0 && StartsWord(text, i))
            {
                word[length] = '\'';
                if (length < TooLong) length++;
            }
            else
            {
                word = End(words, word, ref length, start, i - consumed);
                start = i;
            }
        }
        End(words, word, ref length, start, text.Length);

        static Span<char> End(WordList words, Span<char> word, scoped ref int length, int start, int end)
        {
            if (length == 0) return word;
            if (length <= WordSplitting.MaxWordLength) words.Commit(length, start, end);
            length = 0;
            return words.Reserve(TooLong + 1);
        }
    }

    private static bool StartsWord(ReadOnlySpan<char> text, int at) =>
        at < text.Length && (text[at] < 128 ? s_asciiWord[text[at]] != 0 : char.IsLetterOrDigit(text[at]) && !IsHan(text[at]));

    private static bool IsWordRune(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    // The unified ideographs with their extensions and compatibility forms.
    private static bool IsHan(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    // Half a character (an emoji cut in two) can be written to no file.
    private static void ReplaceLoneSurrogates(Span<char> word)
    {
        for (int i = 0; i < word.Length; i++)
        {
            if (!char.IsSurrogate(word[i])) continue;
            if (i + 1 < word.Length && char.IsSurrogatePair(word[i], word[i + 1])) i++;
            else word[i] = '\uFFFD';
        }
    }

    private static int Copy(ReadOnlySpan<char> from, Span<char> to)
    {
        from.CopyTo(to);
        return from.Length;
    }

    // The lower-case form of each ASCII character of words; 0 for the others.
    private static byte[] AsciiWordCharacters()
    {
        byte[] table = new byte[128];
        for (char c = '\0'; c < 128; c++)
            if (char.IsAsciiLetterOrDigit(c) || c == '_') table[c] = (byte)char.ToLowerInvariant(c);
        return table;
    }
}
