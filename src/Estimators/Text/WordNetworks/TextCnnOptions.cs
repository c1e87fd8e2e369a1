namespace MLNet.Pretrain.Text;

/// <summary>
/// How a convolutional network over words is trained (Kim 2014). The defaults inherited are set for training from scratch: 5 epochs of batches of 64, learning rate
/// 1e-3 without warm-up, rows of up to 256 words.
/// </summary>
public sealed class TextCnnOptions : WordNetworkOptions
{
    /// <summary>Words that each kind of filter spans; default 3, 4, 5. 2, 3, 4 for characters.</summary>
    public IReadOnlyList<int> FilterWidths { get; set; } = [3, 4, 5];

    /// <summary>Filters of each width; default 100, 1 or more.</summary>
    public int FeatureMaps { get; set; } = 100;

    /// <summary>The last layer's weights of each class are kept this short; default 3, 0 = they are not.</summary>
    public double MaxNorm { get; set; } = 3;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        Check(owner, FilterWidths is { Count: > 0 } && FilterWidths.All(w => w is >= 1 and <= 100), nameof(FilterWidths), string.Join(", ", FilterWidths ?? []), "one width or more, each from 1 to 100");
        Check(owner, FeatureMaps >= 1, nameof(FeatureMaps), FeatureMaps, "1 or more");
        Check(owner, MaxNorm >= 0 && double.IsFinite(MaxNorm), nameof(MaxNorm), MaxNorm, "0 (no limit) or more");
    }
}
