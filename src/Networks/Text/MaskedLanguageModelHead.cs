using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>BERT's masked-language-model head: dense, activation, norm, then the word embeddings as output layer (tied weights) plus a bias.</summary>
public sealed class MaskedLanguageModelHead : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Activation _activation;
    private readonly Linear transform;
    private readonly LayerNorm norm;
    private readonly Parameter bias;

    /// <summary>Builds the head with random weights.</summary>
    /// <param name="config">The encoder's shape.</param>
    /// <param name="seed">Seed of the weights; null = 0.</param>
    public MaskedLanguageModelHead(TextEncoderConfig config, long? seed = null) : base("mlm")
    {
        ArgumentNullException.ThrowIfNull(config);
        _activation = config.Activation;
        using var construction = new ConstructionScope();
        transform = UnsetLayers.Linear(config.HiddenSize, config.HiddenSize);
        norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        bias = new Parameter(UnsetWeights.Of(config.VocabSize));
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Initialize(this, config.InitializerRange, (seed ?? 0) + 2);
    }

    /// <summary>Scores of every word at every position.</summary>
    /// <param name="hidden">[..., H]</param>
    /// <param name="wordEmbeddingWeight">The encoder's <see cref="TextEncoder.WordEmbeddingWeight"/>, [V, H].</param>
    /// <returns>[..., V]</returns>
    public override Tensor forward(Tensor hidden, Tensor wordEmbeddingWeight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = norm.forward(Activations.Apply(_activation, transform.forward(hidden)));
        return nn.functional.linear(x, wordEmbeddingWeight, bias).MoveToOuterDisposeScope();
    }
}
