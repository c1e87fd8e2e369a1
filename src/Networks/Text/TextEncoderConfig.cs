namespace MLNet.Pretrain.Networks.Text;

/// <summary>Which published layout a text encoder follows. They differ in embeddings, positions and heads, not in the layers.</summary>
public enum TextEncoderFamily
{
    /// <summary>Devlin et al. 2018: token types, a pooler, positions from 0.</summary>
    Bert,

    /// <summary>Sanh et al. 2019: BERT without token types and without a pooler.</summary>
    DistilBert,

    /// <summary>Liu et al. 2019 and XLM-R: positions counted from <c>padTokenId + 1</c> over real tokens.</summary>
    Roberta,
}

/// <summary>The feed-forward non-linearity.</summary>
public enum Activation
{
    /// <summary>Gaussian error linear unit in its exact (erf) form; <c>gelu</c> in config.json.</summary>
    Gelu,

    /// <summary>The tanh approximation; <c>gelu_new</c> and <c>gelu_pytorch_tanh</c> in config.json.</summary>
    GeluTanh,

    /// <summary>Rectified linear unit.</summary>
    Relu,
}

/// <summary>The shape of a BERT-like encoder: everything needed to build the network, nothing about files or vocabularies.</summary>
public sealed record TextEncoderConfig
{
    private readonly HeadsByLayer _prunedHeads = HeadsByLayer.None;

    /// <summary>The published layout followed.</summary>
    public TextEncoderFamily Family { get; init; } = TextEncoderFamily.Bert;

    /// <summary>Rows of the word embedding matrix.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width of the hidden states; a multiple of <see cref="HeadCount"/>.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Number of Transformer layers.</summary>
    public int LayerCount { get; init; } = 12;

    /// <summary>Attention heads a layer.</summary>
    public int HeadCount { get; init; } = 12;

    /// <summary>Heads that were cut off, by layer from 0 and by their numbers among <see cref="HeadCount"/>: <c>pruned_heads</c> of <c>config.json</c>. Each layer keeps one at least. A head that is left keeps its width.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<int>> PrunedHeads
    {
        get => _prunedHeads;
        init => _prunedHeads = HeadsByLayer.Of(value);
    }

    /// <summary>Width of the feed-forward layer, usually four times <see cref="HiddenSize"/>.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>The feed-forward non-linearity.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Dropout after embeddings, attention output and feed-forward output, in [0, 1).</summary>
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>Dropout on attention probabilities, in [0, 1).</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Rows of the position embedding matrix. RoBERTa uses two of them for padding: see <see cref="MaxSequenceLength"/>.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Rows of the token type embedding matrix; 0 where the family has none.</summary>
    public int TypeVocabSize { get; init; } = 2;

    /// <summary>Standard deviation of the initial weights (truncated normal in the paper).</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Epsilon inside the root of every layer norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>Id of the padding token, whose word embedding gets no gradient from the look-up.</summary>
    public int PadTokenId { get; init; }

    /// <summary>Whether the network has BERT's pooler: a dense layer with tanh over the first token.</summary>
    public bool HasPooler { get; init; } = true;

    /// <summary>The longest sequence, in tokens, special tokens included.</summary>
    public int MaxSequenceLength => Family == TextEncoderFamily.Roberta ? MaxPositions - PadTokenId - 1 : MaxPositions;

    /// <summary>Components of a head.</summary>
    internal int HeadSize => HiddenSize / HeadCount;

    /// <summary>The numbers of the heads that a layer has, in their order.</summary>
    internal int[] HeadsOf(int layer) => [.. Enumerable.Range(0, HeadCount).Except(PrunedHeads.GetValueOrDefault(layer, []))];

    /// <summary>Throws when the values do not make a network.</summary>
    /// <exception cref="ArgumentException">Names the value found and the range expected.</exception>
    public void Validate()
    {
        Positive(VocabSize, nameof(VocabSize));
        Positive(HiddenSize, nameof(HiddenSize));
        Positive(LayerCount, nameof(LayerCount));
        Positive(HeadCount, nameof(HeadCount));
        Positive(IntermediateSize, nameof(IntermediateSize));
        Positive(MaxPositions, nameof(MaxPositions));
        if (HiddenSize % HeadCount != 0)
            throw new ArgumentException($"HiddenSize is {HiddenSize} and HeadCount {HeadCount}; HiddenSize must be a multiple of HeadCount.");
        foreach ((int layer, IReadOnlyList<int> heads) in PrunedHeads) CheckPruned(layer, heads);
        if (HiddenDropout is not (>= 0 and < 1)) throw new ArgumentException($"HiddenDropout is {HiddenDropout}; expected a value in [0, 1).");
        if (AttentionDropout is not (>= 0 and < 1)) throw new ArgumentException($"AttentionDropout is {AttentionDropout}; expected a value in [0, 1).");
        if (TypeVocabSize < 0) throw new ArgumentException($"TypeVocabSize is {TypeVocabSize}; expected 0 or more.");
        if (PadTokenId < 0 || PadTokenId >= VocabSize)
            throw new ArgumentException($"PadTokenId is {PadTokenId}; expected an id in [0, {VocabSize}).");
        if (MaxSequenceLength < 1)
            throw new ArgumentException($"MaxPositions is {MaxPositions}, which leaves no room for a token; expected at least {PadTokenId + 2}.");
    }

    private void CheckPruned(int layer, IReadOnlyList<int> heads)
    {
        if (layer < 0 || layer >= LayerCount) throw new ArgumentException($"PrunedHeads names layer {layer}; expected layers in [0, {LayerCount}).");
        if (heads.Any(head => head < 0 || head >= HeadCount) || heads.Distinct().Count() != heads.Count)
            throw new ArgumentException($"PrunedHeads of layer {layer} are {string.Join(", ", heads)}; expected different heads in [0, {HeadCount}).");
        if (heads.Count == HeadCount) throw new ArgumentException($"PrunedHeads of layer {layer} are all {HeadCount} of them; expected one to be left.");
    }

    private static void Positive(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} is {value}; expected 1 or more.");
    }
}
