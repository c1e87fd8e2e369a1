namespace MLNet.Pretrain.Text;

/// <summary>Vectors of a word's character n-grams, which learn beside the word's own and give vectors to words never seen (Bojanowski et al. 2017).</summary>
public sealed record SubwordOptions
{
    /// <summary>Characters of the shortest n-gram, with <c>&lt;</c> and <c>&gt;</c> as word ends; default 3, 1 or more.</summary>
    public int MinN { get; init; } = 3;

    /// <summary>Characters of the longest n-gram; default 6, from <see cref="MinN"/> to 20.</summary>
    public int MaxN { get; init; } = 6;

    /// <summary>Rows that the n-grams are hashed into; default 200,000, 1 or more. Each row costs what a word costs; fastText's default is 2,000,000.</summary>
    public int Buckets { get; init; } = 200_000;

    internal void Validate(string owner)
    {
        if (MinN < 1 || MaxN < MinN || MaxN > 20) throw new ArgumentException($"{owner}: sub-words of {MinN} to {MaxN} characters; expected 1 <= MinN <= MaxN <= 20.");
        if (Buckets < 1) throw new ArgumentException($"{owner}: Buckets is {Buckets}; expected 1 or more.");
    }
}
