using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>Puts the values of a sequence's tokens to the characters that they stand for.</summary>
internal static class AttributedTokens
{
    /// <summary>Whether a token stands for characters of a text.</summary>
    public static bool IsOfText(TokenOffset offset) => offset.Length > 0;

    /// <param name="offsets">Of each token of the sequence.</param>
    /// <param name="values">As many.</param>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second, where there is one.</param>
    public static IReadOnlyList<TokenAttribution> Of(ReadOnlySpan<TokenOffset> offsets, ReadOnlySpan<double> values, string text, string? pair)
    {
        var tokens = new List<TokenAttribution>();
        int specials = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!IsOfText(offsets[i]))
            {
                specials++;
                continue;
            }
            // One special token before the first text, two or more before the second.
            bool inPair = pair is not null && specials > 1;
            string source = inPair ? pair! : text;
            (int start, int end) = WithoutSpace(source, offsets[i]);
            float value = (float)values[i];
            // The bytes of one character may be several tokens; a character has one value.
            if (tokens.Count > 0 && tokens[^1] is var last && last.InPair == inPair && start < last.Start + last.Length)
            {
                (start, end) = (Math.Min(start, last.Start), Math.Max(end, last.Start + last.Length));
                value += last.Value;
                tokens.RemoveAt(tokens.Count - 1);
            }
            tokens.Add(new(source[start..end], start, end - start, inPair, value));
        }
        return tokens;
    }

    // Byte-level tokens carry the space before their word.
    private static (int Start, int End) WithoutSpace(string text, TokenOffset offset)
    {
        (int start, int end) = (offset.Start, offset.Start + offset.Length);
        int first = start;
        while (first < end && char.IsWhiteSpace(text[first])) first++;
        return first == end ? (start, end) : (first, end);
    }
}
