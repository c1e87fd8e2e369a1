using System.Text;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// GPT-2's spelling of bytes as visible characters (Radford et al. 2019, <c>bytes_to_unicode</c>): printable Latin-1 stands for itself, the rest
/// follows from U+0100 on, so a space is <c>U+0120</c>.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] s_characterOf = Build();

    /// <summary>Bytes in the order of their characters, which is their order in GPT-2's vocabulary.</summary>
    public static IReadOnlyList<byte> Bytes { get; } = [.. Enumerable.Range(0, 256).Select(b => (byte)b).OrderBy(CharacterOf)];

    public static char CharacterOf(byte value) => s_characterOf[value];

    /// <summary>The text that an entry spells; null where a character of it stands for no byte.</summary>
    public static string? TextOf(string entry)
    {
        int[] bytes = [.. entry.Select(c => Array.IndexOf(s_characterOf, c))];
        return bytes.Contains(-1) ? null : Encoding.UTF8.GetString([.. bytes.Select(b => (byte)b)]);
    }

    private static char[] Build()
    {
        char[] characters = new char[256];
        int hidden = 0;
        for (int b = 0; b < 256; b++)
        {
            bool visible = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = visible ? (char)b : (char)(256 + hidden++);
        }
        return characters;
    }
}
