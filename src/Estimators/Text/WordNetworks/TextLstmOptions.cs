using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// How a bidirectional LSTM over words is trained (Tang et al. 2019). The defaults inherited are set for training from scratch: 5 epochs of batches of 64, learning
/// rate 1e-3 without warm-up, rows of up to 256 words, whose number is what its time grows with.
/// </summary>
public sealed class TextLstmOptions : WordNetworkOptions
{
    /// <summary>Components of a state of each direction; default 150 (Tang et al. 2019), 1 or more.</summary>
    public int HiddenSize { get; set; } = 150;

    /// <summary>Layers, each of both directions; default 1 (Tang et al. 2019), 1 or more. A second one costs more than twice the time.</summary>
    public int LayerCount { get; set; } = 1;

    /// <summary>How the states become one vector; default <see cref="TextLstmPooling.Max"/>, which does not forget the middle of a long text. <see cref="TextLstmPooling.LastStates"/> is the paper's, on single sentences.</summary>
    public TextLstmPooling Pooling { get; set; } = TextLstmPooling.Max;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        Check(owner, HiddenSize >= 1, nameof(HiddenSize), HiddenSize, "1 or more");
        Check(owner, LayerCount >= 1, nameof(LayerCount), LayerCount, "1 or more");
        Check(owner, Enum.IsDefined(Pooling), nameof(Pooling), Pooling, $"one of {string.Join(", ", Enum.GetNames<TextLstmPooling>())}");
    }
}
