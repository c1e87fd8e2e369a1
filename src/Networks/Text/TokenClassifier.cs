using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// An encoder that tags words (Devlin et al. 2018, section 5.3): a linear layer over the state of each word's first piece, and, where wanted, a
/// conditional random field over the words of a row.
/// </summary>
public sealed class TokenClassifier : nn.Module<Tensor, Tensor?, Tensor?, Tensor, Tensor>
{
    private readonly TextEncoder encoder;
    private readonly Linear classifier;
    private readonly LinearChainCrf? crf;
    private readonly FastDropout _dropout;

    /// <summary>Adds a head with random weights to an encoder, which then belongs to this network.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="tagCount">Tags, 2 or more.</param>
    /// <param name="dropout">Dropout before the last layer, in [0, 1).</param>
    /// <param name="withCrf">Whether the network has a <see cref="Crf"/>.</param>
    /// <param name="seed">Seed of the head's weights; null = 0.</param>
    public TokenClassifier(TextEncoder encoder, int tagCount, double dropout, bool withCrf = false, long? seed = null) : base(nameof(TokenClassifier))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        if (tagCount < 2) throw new ArgumentException($"tagCount is {tagCount}; expected 2 or more.", nameof(tagCount));
        if (dropout is not (>= 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"dropout is {dropout}; expected a value in [0, 1)."), nameof(dropout));
        this.encoder = encoder;
        TagCount = tagCount;
        using var construction = new ConstructionScope();
        _dropout = new FastDropout(dropout);
        classifier = UnsetLayers.Linear(encoder.Config.HiddenSize, tagCount);
        if (withCrf) crf = new LinearChainCrf(tagCount, seed);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Initialize(classifier, encoder.Config.InitializerRange, (seed ?? 0) + 1);
    }

    /// <summary>The encoder under the head.</summary>
    public TextEncoder Encoder => encoder;

    /// <summary>Turns emissions into sequences of tags; null where tags are chosen each for itself.</summary>
    public LinearChainCrf? Crf => crf;

    /// <summary>Tags, K.</summary>
    public int TagCount { get; }

    /// <summary>The score of each tag for each word: logits, or the emissions of <see cref="Crf"/>.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="attentionMask">As in <see cref="TextEncoder.forward"/>.</param>
    /// <param name="tokenTypeIds">As in <see cref="TextEncoder.forward"/>.</param>
    /// <param name="wordPositions">[B, W] int64: where in the row each word's first piece stands, in [0, T); -1 = no word.</param>
    /// <returns>[B, W, K]; 0 where there is no word.</returns>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds, Tensor wordPositions)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        ArgumentNullException.ThrowIfNull(wordPositions);
        if (wordPositions.dim() != 2 || wordPositions.shape[0] != inputIds.shape[0])
            throw new ArgumentException($"wordPositions has shape [{string.Join(", ", wordPositions.shape)}]; expected [{inputIds.shape[0]}, words], a row for each of inputIds.", nameof(wordPositions));
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = encoder.forward(inputIds, attentionMask, tokenTypeIds);
        (long rows, long length, long size) = (hidden.shape[0], hidden.shape[1], hidden.shape[2]);
        // On an accelerator looking would wait for it.
        if (wordPositions.device_type == DeviceType.CPU && wordPositions.numel() > 0 && wordPositions.max().item<long>() is long last && last >= length)
            throw new ArgumentException($"wordPositions has {last}, but rows have {length} tokens; expected positions in [0, {length}), or -1.", nameof(wordPositions));
        // Whole rows of one matrix: their gradient is added row by row, not number by number as gather's is.
        Tensor rowStarts = HeldScalars.Range(0, rows, hidden.device).Times(length).unsqueeze(1);
        Tensor places = wordPositions.AtLeast(0).Plus(rowStarts).view(-1);
        Tensor words = hidden.reshape(rows * length, size).index_select(0, places);
        Tensor scores = classifier.forward(_dropout.forward(words)).view(rows, wordPositions.shape[1], TagCount);
        return scores.Masked(wordPositions.IsLess(0).unsqueeze(-1), 0).MoveToOuterDisposeScope();
    }
}
