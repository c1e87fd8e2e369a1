namespace MLNet.Pretrain.Networks.Text;

/// <summary>What <see cref="TextEncoder.Trace"/> keeps of an encoder's run. Layers count from 0.</summary>
internal sealed record EncoderTraceParts
{
    /// <summary>Whether the embeddings are kept, which are the first layer's input.</summary>
    public bool Embeddings { get; init; }

    /// <summary>The layers whose hidden states are kept; the last one's always are.</summary>
    public IReadOnlyCollection<int> Hidden { get; init; } = [];

    /// <summary>The layers whose attention scores are kept. They attend by plain products instead of the fused kernel, which has no scores to keep.</summary>
    public IReadOnlyCollection<int> Scores { get; init; } = [];

    /// <summary>Whether the last layer's values are kept.</summary>
    public bool Values { get; init; }

    /// <summary>Bytes of what is kept, and of what a loss makes of it in 32 bits.</summary>
    /// <param name="config">The encoder's.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="conditions">How it, or its student, learns.</param>
    public double Bytes(TextEncoderConfig config, long rows, long length, ActivationConditions conditions)
    {
        (double states, double maps) = ((double)rows * length * config.HiddenSize, (double)rows * config.HeadCount * length * length);
        (int ofStates, int ofMaps) = (Hidden.Count + (Embeddings ? 1 : 0), Scores.Count + (Values ? 1 : 0));
        return conditions.Bytes(ofStates, states) + conditions.ExactBytes(3 * ofStates, states) + conditions.Bytes(ofMaps, maps) + conditions.ExactBytes(3 * ofMaps, maps);
    }

    /// <summary>Throws where a layer is asked for that the encoder does not have.</summary>
    /// <exception cref="ArgumentException">Names the layer and the range expected.</exception>
    public void Validate(int layerCount)
    {
        foreach ((string name, IReadOnlyCollection<int> layers) in ((string, IReadOnlyCollection<int>)[])[(nameof(Hidden), Hidden), (nameof(Scores), Scores)])
            foreach (int layer in layers)
                if (layer < 0 || layer >= layerCount) throw new ArgumentException($"{name} asks for layer {layer}; the encoder has layers in [0, {layerCount}).");
    }
}
