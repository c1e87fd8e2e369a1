using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>What a fitted encoder is to lose. Each part is left out by default; all may be asked for together.</summary>
public sealed record CompressionOptions
{
    /// <summary>
    /// Texts whose words the vocabulary is cut down to, in the columns that the model reads; default null: the vocabulary stays whole. Texts of the corpus give what they gave before; others are
    /// cut into smaller pieces where their words are gone. Give all texts there are: tens of thousands, without labels.
    /// </summary>
    public IDataView? Corpus { get; init; }

    /// <summary>How often the corpus must use a token for it to stay, 1 or more; default 1. With more than 1, texts with rarer tokens change. Special tokens, single characters and single bytes stay always. Counts in <see cref="Corpus"/>.</summary>
    public int MinTokenUses { get; init; } = 1;

    /// <summary>Layers to keep, from 1 to those there are; default null: all. A model without some of its layers is much worse until it is trained again: see <see cref="TextEncoderSource.WithLayers"/> for that.</summary>
    public int? LayerCount { get; init; }

    /// <summary>Which layers to keep; default null: <see cref="LayerMap.Spread"/>, from the first to the last.</summary>
    public LayerMap? LayerMap { get; init; }

    /// <summary>Attention heads to cut off, by layer from 0 (of the layers that are kept) and by their numbers in the whole layer; default null: none. Each layer must keep one.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<int>>? PrunedHeads { get; init; }

    /// <summary>
    /// Part of the attention heads to cut off, the least important ones first (Michel et al. 2019); default 0, in [0, 1). Each layer keeps its most important head. 0.2 often costs next to
    /// nothing; 0.5 wants training afterwards. Rounded to whole heads, of which one at least must go. Needs <see cref="HeadData"/>.
    /// </summary>
    public double PrunedHeadFraction { get; init; }

    /// <summary>
    /// Rows by which the importance of heads is judged, where <see cref="PrunedHeadFraction"/> is above 0; default null. Those of a classifier or regression have labels, and a head is important where the loss depends on it; those of an encoder
    /// have none, and a head is important where the text's vector depends on it.
    /// </summary>
    public IDataView? HeadData { get; init; }

    /// <summary>The column of <see cref="HeadData"/> with the label; default <c>Label</c>. Rows without one are left out. An encoder reads none.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>
    /// How many rows of <see cref="HeadData"/> are read at most, 1 or more; default 512. They are the first ones: shuffle data that are sorted by class. Each costs about as much as a row in
    /// training, on the processor.
    /// </summary>
    public int HeadRows { get; init; } = 512;

    /// <summary>How saved models keep the weights; default null: as the model does. The compressed model has the rounded weights already, so that what is measured is what is saved; where it scores in another precision than Float32, weights of 8 bits are rounded to bfloat16 before.</summary>
    public WeightStorage? StoredWeights { get; init; }

    /// <summary>Ends the work early.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate(string owner)
    {
        if (MinTokenUses < 1) throw new ArgumentException($"{owner}: MinTokenUses is {MinTokenUses}; expected 1 or more.");
        if (MinTokenUses > 1 && Corpus is null) throw new ArgumentException($"{owner}: MinTokenUses is {MinTokenUses}, but Corpus is null; expected texts in which to count tokens.");
        if (LayerMap is not null && LayerCount is null) throw new ArgumentException($"{owner}: LayerMap is {LayerMap}, but LayerCount is null; expected the number of layers to keep.");
        if (PrunedHeadFraction is not (>= 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"{owner}: PrunedHeadFraction is {PrunedHeadFraction}; expected a number in [0, 1)."));
        if (PrunedHeadFraction > 0 && HeadData is null) throw new ArgumentException($"{owner}: PrunedHeadFraction is set, but HeadData is null; expected rows by which to judge heads, or the heads themselves in PrunedHeads.");
        if (PrunedHeadFraction == 0 && HeadData is not null) throw new ArgumentException($"{owner}: HeadData is set, but PrunedHeadFraction is 0; expected the part of the heads that these rows are to choose, or no rows.");
        if (HeadRows < 1) throw new ArgumentException($"{owner}: HeadRows is {HeadRows}; expected 1 or more.");
        if (StoredWeights is { } stored && !Enum.IsDefined(stored)) throw new ArgumentException($"{owner}: StoredWeights is {stored}; expected one of {string.Join(", ", Enum.GetNames<WeightStorage>())}, or null.");
    }
}
