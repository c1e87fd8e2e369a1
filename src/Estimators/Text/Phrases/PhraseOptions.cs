namespace MLNet.Pretrain.Text;

/// <summary>
/// Which neighbouring words become one, such as <c>new_york</c> (Mikolov et al. 2013b; word2phrase.c): those with
/// (count(ab) - <see cref="MinCount"/>) / (count(a) count(b)) x words of the corpus above <see cref="Threshold"/>.
/// </summary>
public sealed record PhraseOptions
{
    /// <summary>Words and pairs seen less often make no phrase; default 5, 1 or more. It also discounts the count of each pair.</summary>
    public int MinCount { get; init; } = 5;

    /// <summary>Higher gives fewer phrases; default 100, above 0.</summary>
    public double Threshold { get; init; } = 100;

    /// <summary>Passes over the corpus; each may double the words of a phrase. Default 1, from 1 to 8.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>The most different pairs counted at once; beyond it the rarest are forgotten, which bounds memory. Default 10,000,000; 1,000 or more.</summary>
    public int MaxCountedPairs { get; init; } = 10_000_000;

    internal void Validate(string owner)
    {
        if (MinCount < 1) throw new ArgumentException($"{owner}: phrase MinCount is {MinCount}; expected 1 or more.");
        if (!(Threshold > 0 && double.IsFinite(Threshold))) throw new ArgumentException(FormattableString.Invariant($"{owner}: phrase Threshold is {Threshold}; expected a number above 0."));
        if (Passes is < 1 or > 8) throw new ArgumentException($"{owner}: phrase Passes is {Passes}; expected 1 to 8.");
        if (MaxCountedPairs < 1000) throw new ArgumentException($"{owner}: MaxCountedPairs is {MaxCountedPairs}; expected 1,000 or more.");
    }
}
