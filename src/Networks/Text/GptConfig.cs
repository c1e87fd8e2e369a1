namespace MLNet.Pretrain.Networks.Text;

/// <summary>The shape of a <see cref="GptDecoder"/>: everything needed to build the network, nothing about files or vocabularies. The defaults are GPT-2's smallest (Radford et al. 2019).</summary>
public sealed record GptConfig
{
    /// <summary>Rows of the word embedding matrix, which is the output layer, too.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width of the hidden states; a multiple of <see cref="HeadCount"/>.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Number of Transformer blocks.</summary>
    public int LayerCount { get; init; } = 12;

    /// <summary>Attention heads a block.</summary>
    public int HeadCount { get; init; } = 12;

    /// <summary>Width of the feed-forward layer; 0 = four times <see cref="HiddenSize"/>.</summary>
    public int IntermediateSize { get; init; }

    /// <summary>Rows of the position embedding matrix: the longest sequence, in tokens.</summary>
    public int MaxPositions { get; init; } = 1024;

    /// <summary>The feed-forward non-linearity; GPT-2's is the tanh form.</summary>
    public Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary>Dropout on the embeddings, in [0, 1).</summary>
    public double EmbeddingDropout { get; init; } = 0.1;

    /// <summary>Dropout on what a block adds to the residual stream, in [0, 1).</summary>
    public double ResidualDropout { get; init; } = 0.1;

    /// <summary>Dropout on attention probabilities, in [0, 1).</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Epsilon inside the root of every layer norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Standard deviation of the initial weights; that of the two projections back into the residual stream is divided by the root of their number, 2 x layers.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The width of the feed-forward layer in numbers.</summary>
    public int FeedForwardSize => IntermediateSize == 0 ? 4 * HiddenSize : IntermediateSize;

    /// <summary>Throws when the values do not make a network.</summary>
    /// <exception cref="ArgumentException">Names the value found and the range expected.</exception>
    public void Validate()
    {
        Positive(VocabSize, nameof(VocabSize));
        Positive(HiddenSize, nameof(HiddenSize));
        Positive(LayerCount, nameof(LayerCount));
        Positive(HeadCount, nameof(HeadCount));
        Positive(MaxPositions, nameof(MaxPositions));
        if (IntermediateSize < 0) throw new ArgumentException($"IntermediateSize is {IntermediateSize}; expected 0 (four times HiddenSize) or more.");
        if (HiddenSize % HeadCount != 0)
            throw new ArgumentException($"HiddenSize is {HiddenSize} and HeadCount {HeadCount}; HiddenSize must be a multiple of HeadCount.");
        Probability(EmbeddingDropout, nameof(EmbeddingDropout));
        Probability(ResidualDropout, nameof(ResidualDropout));
        Probability(AttentionDropout, nameof(AttentionDropout));
    }

    private static void Positive(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} is {value}; expected 1 or more.");
    }

    private static void Probability(double value, string name)
    {
        if (value is not (>= 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; expected a value in [0, 1)."));
    }
}
