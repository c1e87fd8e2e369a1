using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How much of an encoder learns in a fine-tuning, and from where, and everything of <see cref="TrainingOptions"/>.</summary>
public abstract class EncoderTuningOptions : SupervisedTrainingOptions
{
    private protected EncoderTuningOptions()
    {
    }

    /// <summary>Dropout everywhere while training, in [0, 1); default null: what the encoder was made with, mostly 0.1. The encoder keeps its own for later fine-tuning.</summary>
    public double? Dropout { get; set; }

    /// <summary>Top layers of the encoder that begin with random weights, not with what they were pretrained for; default 0, at most its layers. 1 to 3 steady a large encoder on few rows (Zhang et al. 2021).</summary>
    public int ReinitializedLayers { get; set; }

    /// <summary>Low-rank adapters that learn in the encoder's place (Hu et al. 2021): its own weights stay, so that a step needs less memory and an adapted encoder is a small file. They are merged into the fitted model, which costs what it cost before. Wants a learning rate about ten times as high, and a pretrained encoder: a random one has nothing to adapt. Default null: the encoder itself learns.</summary>
    public LoraOptions? Lora { get; set; }

    /// <summary>File that receives the trained adapters (safetensors); <see cref="TextEncoderSource.WithAdapters"/> reads it. The head is not part of it. Default null: none. Only where <see cref="Lora"/> is set.</summary>
    [OutputOnly]
    public string? LoraFile { get; set; }

    internal EncoderTuning Tuning => new(Dropout, ReinitializedLayers, Lora, LoraFile, FrozenLayers ?? 0);

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        Tuning.Validate(owner);
    }
}
