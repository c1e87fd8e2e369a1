namespace MLNet.Pretrain.Text;

/// <summary>What stands for "no word here" when a text is explained.</summary>
public enum AttributionBaseline
{
    /// <summary>The token that hid words in pretraining, <c>[MASK]</c>. To an encoder from scratch, which was never pretrained, it is a word like any other. Networks over words have none and take <see cref="Padding"/>.</summary>
    Mask,

    /// <summary>The token that fills rows of a batch, <c>[PAD]</c>; in a network over words a vector of zeros.</summary>
    Padding,
}
