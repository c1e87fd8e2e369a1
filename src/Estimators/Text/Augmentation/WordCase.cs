namespace MLNet.Pretrain.Text;

/// <summary>The case of a word that takes the place of another.</summary>
internal static class WordCase
{
    /// <summary>A word in capitals, or with one, where the one that it replaces is so; else as it is.</summary>
    public static string Like(ReadOnlySpan<char> original, string word)
    {
        if (word.Length == 0 || original.IsEmpty || !char.IsUpper(original[0])) return word;
        int letters = 0, small = 0;
        foreach (char c in original)
        {
            if (char.IsLetter(c)) letters++;
            if (char.IsLower(c)) small++;
        }
        return letters > 1 && small == 0 ? word.ToUpperInvariant() : char.ToUpperInvariant(word[0]) + word[1..];
    }
}
