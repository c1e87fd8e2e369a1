using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>What a checkpoint's <c>config.json</c> says.</summary>
/// <param name="Encoder">The encoder's shape.</param>
public sealed record CheckpointConfig(TextEncoderConfig Encoder)
{
    /// <summary>The classes of a classifier, in the order of its outputs; null where there are none.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Dropout before a classifier's last layer; null = the encoder's.</summary>
    public double? ClassifierDropout { get; init; }
}
