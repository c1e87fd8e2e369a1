using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// A word as ids of its characters, as the reference implementation makes them: its UTF-8 bytes plus 1 between begin and end of word, then filler. 0 is
/// no word at all.
/// </summary>
internal static class ElmoCharacters
{
    /// <summary>Different ids.</summary>
    public const int Count = 262;

    private const short BeginSentence = 257, EndSentence = 258, BeginWord = 259, EndWord = 260, Filler = 261;

    /// <summary>Writes a word's ids; bytes for which there is no room are left out at the end. Empty: what stands for every word whose characters are not known.</summary>
    public static void Write(ReadOnlySpan<char> word, Span<short> ids)
    {
        Span<byte> bytes = stackalloc byte[WordSplitting.MaxWordLength * 3];
        int room = ids.Length - 2;
        // No byte of a character that is certain not to be seen is needed.
        int length = Math.Min(Encoding.UTF8.GetBytes(word[..Math.Min(word.Length, WordSplitting.MaxWordLength)], bytes), room);
        ids[0] = BeginWord;
        for (int i = 0; i < length; i++) ids[i + 1] = (short)(bytes[i] + 1);
        ids[length + 1] = EndWord;
        ids[(length + 2)..].Fill(Filler);
    }

    /// <summary>The word before a text's first.</summary>
    public static void WriteBegin(Span<short> ids) => WriteMark(BeginSentence, ids);

    /// <summary>The word behind a text's last.</summary>
    public static void WriteEnd(Span<short> ids) => WriteMark(EndSentence, ids);

    private static void WriteMark(short mark, Span<short> ids)
    {
        (ids[0], ids[1], ids[2]) = (BeginWord, mark, EndWord);
        ids[3..].Fill(Filler);
    }
}
