namespace MLNet.Pretrain.Text;

/// <summary>How a bag of words is made. Saved with the transformer.</summary>
public sealed record BagOfWordsOptions
{
    /// <summary>Words of the longest n-gram; all lengths from 1 count. Default 2, from 1 to 5.</summary>
    public int NgramLength { get; init; } = 2;

    /// <summary>N-grams that fewer texts have are left out; default 1, 1 or more.</summary>
    public int MinTextCount { get; init; } = 1;

    /// <summary>The most n-grams kept, those of most texts first; default null: no limit; else 1 or more.</summary>
    public int? MaxFeatures { get; init; }

    /// <summary>What a component is; default <see cref="NgramWeighting.TfIdf"/>.</summary>
    public NgramWeighting Weighting { get; init; } = NgramWeighting.TfIdf;

    /// <summary>Whether each text's vector is scaled to Euclidean length 1; default true.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>How texts become words; not used where the input column holds tokens, but for the case.</summary>
    public WordSplitting Splitting { get; init; } = new();

    internal void Validate(string owner)
    {
        if (NgramLength is < 1 or > 5) throw new ArgumentException($"{owner}: NgramLength is {NgramLength}; expected 1 to 5.");
        if (MinTextCount < 1) throw new ArgumentException($"{owner}: MinTextCount is {MinTextCount}; expected 1 or more.");
        if (MaxFeatures < 1) throw new ArgumentException($"{owner}: MaxFeatures is {MaxFeatures}; expected null or 1 or more.");
        if (!Enum.IsDefined(Weighting)) throw new ArgumentException($"{owner}: Weighting is {Weighting}; expected one of {string.Join(", ", Enum.GetNames<NgramWeighting>())}.");
        WordSplitting.Validate(Splitting, owner);
    }
}
