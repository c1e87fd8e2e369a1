namespace MLNet.Pretrain.Text;

/// <summary>How texts become vectors.</summary>
public sealed record TextEncodingOptions : TextScoringOptions
{
    /// <summary>Column to add with one vector a row: <c>Vector&lt;Single&gt;</c> of the encoder's hidden size. Null for none.</summary>
    public string? OutputColumnName { get; init; }

    /// <summary>Column to add with every token's vector: a <c>Vector&lt;Single&gt;</c> of unknown size holding tokens x hidden size, row-major, special tokens included. Null for none.</summary>
    public string? TokensColumnName { get; init; }

    /// <summary>How token vectors become the text's vector.</summary>
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Which hidden states to use: 0 = embeddings, i = after layer i, -1 = last, -2 = the one before, and so on.</summary>
    public int Layer { get; init; } = -1;

    /// <summary>Averages this many layers, ending with <see cref="Layer"/>; 1 = that layer alone.</summary>
    public int AveragedLayers { get; init; } = 1;

    /// <summary>Whether vectors are scaled to Euclidean length 1.</summary>
    public bool Normalize { get; init; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (OutputColumnName is null && TokensColumnName is null)
            throw new ArgumentException($"{owner}: neither OutputColumnName nor TokensColumnName is set; name at least one column to add.");
        if (OutputColumnName == TokensColumnName)
            throw new ArgumentException($"{owner}: OutputColumnName and TokensColumnName are both '{OutputColumnName}'; give them different names.");
        if (!Enum.IsDefined(Pooling)) throw new ArgumentException($"{owner}: Pooling is {Pooling}; expected one of {string.Join(", ", Enum.GetNames<Pooling>())}.");
        if (AveragedLayers < 1) throw new ArgumentException($"{owner}: AveragedLayers is {AveragedLayers}; expected 1 or more.");
        if (Pooling == Pooling.Pooler && (Layer != -1 || AveragedLayers != 1))
            throw new ArgumentException($"{owner}: Pooling.Pooler works on the last layer, but Layer is {Layer} and AveragedLayers {AveragedLayers}; leave both at their defaults or choose another pooling.");
    }
}
