using System.Globalization;
using System.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The words of a text that are tagged, whatever the vocabulary: white space separates them, and each punctuation mark and each Chinese character is one of
/// its own (BERT's classes of characters), with the accents that stand on it.
/// </summary>
internal static class TextWords
{
    /// <summary>Adds the places of a text's words, in order.</summary>
    public static void Split(ReadOnlySpan<char> text, List<TokenOffset> words)
    {
        int start = -1;
        for (int i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text[i..], out Rune rune, out int units);
            bool alone = CharacterClasses.IsPunctuation(rune) || CharacterClasses.IsChinese(rune);
            // What no tokenizer reads (control characters, halves of surrogate pairs) begins no word, but does not end one either.
            bool between = CharacterClasses.IsWhitespace(rune) || (start < 0 && CharacterClasses.IsDropped(rune, false));
            if (start >= 0 && (alone || between))
            {
                words.Add(new(start, i - start));
                start = -1;
            }
            int first = i;
            i += units;
            if (alone)
            {
                i = EndOfMarks(text, i);
                words.Add(new(first, i - first));
            }
            else if (!between && start < 0)
            {
                start = first;
            }
        }
        if (start >= 0) words.Add(new(start, text.Length - start));
    }

    private static int EndOfMarks(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && Rune.DecodeFromUtf16(text[at..], out Rune rune, out int units) == System.Buffers.OperationStatus.Done
            && Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
            at += units;
        return at;
    }
}
