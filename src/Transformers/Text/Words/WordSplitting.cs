namespace MLNet.Pretrain.Text;

/// <summary>How texts become words, in training and in scoring alike. Saved with the model.</summary>
public sealed record WordSplitting
{
    /// <summary>Longer words are dropped: they are addresses or noise, and no corpus repeats them often enough to learn from.</summary>
    public const int MaxWordLength = 256;

    /// <summary>What a text is divided into; default <see cref="WordUnit.Word"/>.</summary>
    public WordUnit Unit { get; init; } = WordUnit.Word;

    /// <summary>Whether letters are made lower case (invariant culture); default true.</summary>
    public bool Lowercase { get; init; } = true;

    internal static void Validate(WordSplitting? splitting, string owner)
    {
        if (splitting is null) throw new ArgumentException($"{owner}: Splitting is null; expected a WordSplitting, such as new WordSplitting().");
        if (!Enum.IsDefined(splitting.Unit)) throw new ArgumentException($"{owner}: Splitting.Unit is {splitting.Unit}; expected one of {string.Join(", ", Enum.GetNames<WordUnit>())}.");
    }
}
