using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>BERT's next-sentence head: two logits from the pooled first token, 0 = the second text follows the first.</summary>
public sealed class NextSentenceHead : nn.Module<Tensor, Tensor>
{
    private readonly Linear linear;

    /// <summary>Builds the head with random weights.</summary>
    /// <param name="config">The encoder's shape.</param>
    /// <param name="seed">Seed of the weights; null = 0.</param>
    public NextSentenceHead(TextEncoderConfig config, long? seed = null) : base("nsp")
    {
        ArgumentNullException.ThrowIfNull(config);
        using var construction = new ConstructionScope();
        linear = UnsetLayers.Linear(config.HiddenSize, 2);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Initialize(this, config.InitializerRange, (seed ?? 0) + 3);
    }

    /// <param name="pooled">[B, H], from <see cref="TextEncoder.Pool"/>.</param>
    /// <returns>[B, 2]</returns>
    public override Tensor forward(Tensor pooled) => linear.forward(pooled);
}
