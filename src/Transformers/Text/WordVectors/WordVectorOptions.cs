namespace MLNet.Pretrain.Text;

/// <summary>The columns of a <see cref="WordVectorTransformer"/> and how it makes a text's vector. Saved with it.</summary>
public sealed record WordVectorOptions
{
    /// <summary>Column to add: <c>Vector&lt;Single&gt;</c>.</summary>
    public required string OutputColumnName { get; init; }

    /// <summary>Column to read: text, or a vector of text with ready-made tokens.</summary>
    public required string InputColumnName { get; init; }

    /// <summary>How the words' vectors become the text's; default their mean.</summary>
    public WordVectorPooling Pooling { get; init; } = WordVectorPooling.Mean;

    /// <summary>How texts become words. Must be as the vectors' own training text was.</summary>
    public WordSplitting Splitting { get; init; } = new();

    /// <summary>The a of <see cref="WordVectorPooling.SmoothInverseFrequency"/>; default 1e-3, above 0: lower weighs frequent words less.</summary>
    public double SmoothingWeight { get; init; } = 1e-3;

    internal void Validate(string owner)
    {
        if (string.IsNullOrEmpty(OutputColumnName)) throw new ArgumentException($"{owner}: OutputColumnName is empty; name the column to add.");
        if (string.IsNullOrEmpty(InputColumnName)) throw new ArgumentException($"{owner}: InputColumnName is empty; name the text column to read.");
        if (!Enum.IsDefined(Pooling)) throw new ArgumentException($"{owner}: Pooling is {Pooling}; expected one of {string.Join(", ", Enum.GetNames<WordVectorPooling>())}.");
        if (!(SmoothingWeight > 0 && double.IsFinite(SmoothingWeight))) throw new ArgumentException(FormattableString.Invariant($"{owner}: SmoothingWeight is {SmoothingWeight}; expected a number above 0, such as 1e-3."));
        WordSplitting.Validate(Splitting, owner);
    }
}
