namespace MLNet.Pretrain.Text;

/// <summary>How a GPT turns texts into vectors, and where it runs.</summary>
public sealed record GptFeatureOptions : TextScoringOptions
{
    /// <summary>Column to add with one vector a row: <c>Vector&lt;Single&gt;</c> of the network's hidden size.</summary>
    public required string OutputColumnName { get; init; }

    /// <summary>How token states become the text's vector; default <see cref="GptPooling.Mean"/>.</summary>
    public GptPooling Pooling { get; init; } = GptPooling.Mean;

    /// <summary>
    /// Which hidden states to use: 0 = embeddings, i = after block i, one more than the blocks or -1 (default) = after the last norm, -2 = after the last
    /// block, and so on. Blocks in the middle often give better features than the last, which is busy with the next word (Chen et al. 2020).
    /// </summary>
    public int Layer { get; init; } = -1;

    /// <summary>Whether vectors are scaled to Euclidean length 1; default false.</summary>
    public bool Normalize { get; init; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (Precision == ScoringPrecision.Int8) throw new ArgumentException($"{owner}: Precision is Int8, which is for BERT-like encoders; expected Float32, BFloat16 or Auto.");
        if (string.IsNullOrEmpty(OutputColumnName)) throw new ArgumentException($"{owner}: OutputColumnName is empty; name the column to add.");
        if (!Enum.IsDefined(Pooling)) throw new ArgumentException($"{owner}: Pooling is {Pooling}; expected one of {string.Join(", ", Enum.GetNames<GptPooling>())}.");
    }

    /// <summary>The index into the hidden states, checked against the network.</summary>
    internal int LayerIndex(int layerCount)
    {
        int states = layerCount + 2;
        int index = Layer < 0 ? states + Layer : Layer;
        return index >= 0 && index < states
            ? index
            : throw new ArgumentException($"Layer is {Layer}, but the network has {layerCount} blocks; expected -{states} to {states - 1} (0 = embeddings, -1 = after the last norm).");
    }
}
