using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>How much of an encoder learns in a fine-tuning, and from where; the same for every task.</summary>
/// <param name="Dropout">Null = the encoder's.</param>
/// <param name="ReinitializedLayers">Top layers that begin anew.</param>
/// <param name="Lora">Adapters that learn in the encoder's place; null = it learns itself.</param>
/// <param name="LoraFile">Receives the trained adapters; null = nobody asks.</param>
/// <param name="FrozenLayers">Lower layers that do not learn.</param>
internal sealed record EncoderTuning(double? Dropout, int ReinitializedLayers, LoraOptions? Lora, string? LoraFile, int FrozenLayers)
{
    public void Validate(string owner)
    {
        if (Dropout is not (null or (>= 0 and < 1))) throw new ArgumentException(FormattableString.Invariant($"{owner}: Dropout is {Dropout}; expected null or a number in [0, 1)."));
        if (ReinitializedLayers < 0) throw new ArgumentException($"{owner}: ReinitializedLayers is {ReinitializedLayers}; expected 0 or more.");
        if (Lora is not null && ReinitializedLayers > 0)
            throw new ArgumentException($"{owner}: ReinitializedLayers is {ReinitializedLayers} and Lora is set; expected the one or the other: adapters alone cannot teach random layers.");
        if (LoraFile is "" || (LoraFile is not null && Lora is null)) throw new ArgumentException($"{owner}: LoraFile is '{LoraFile}'; expected the path of a file where Lora is set, and null elsewhere.");
        try
        {
            Lora?.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{owner}: Lora: {e.Message}", e);
        }
    }
}
