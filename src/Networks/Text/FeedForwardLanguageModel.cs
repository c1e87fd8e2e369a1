using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// The neural probabilistic language model of Bengio et al. (2003): the vectors of the last words side by side (x), and
/// y = b + W x + U tanh(d + H x) over all words, where W is optional.
/// </summary>
public sealed class FeedForwardLanguageModel : nn.Module<Tensor, Tensor>, IActivationMemory
{
    private readonly Embedding embedding;
    private readonly Linear? hidden, output, direct;
    private readonly FastDropout _dropout;

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Of the weights; null = 0.</param>
    public FeedForwardLanguageModel(NeuralLanguageModelConfig config, long? seed = null) : base(nameof(FeedForwardLanguageModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        int context = config.ContextSize * config.EmbeddingSize;
        using var construction = new ConstructionScope();
        embedding = UnsetLayers.Embedding(config.VocabularySize, config.EmbeddingSize);
        if (config.HiddenSize > 0)
        {
            hidden = UnsetLayers.Linear(context, config.HiddenSize);
            output = UnsetLayers.Linear(config.HiddenSize, config.VocabularySize);
        }
        if (config.DirectConnections) direct = UnsetLayers.Linear(context, config.VocabularySize, hasBias: output is null);   // one b is enough
        _dropout = new FastDropout(config.Dropout);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Draw(seed ?? 0, Initialize);
    }

    /// <summary>The shape.</summary>
    public NeuralLanguageModelConfig Config { get; }

    /// <summary>The words' vectors, [V, E].</summary>
    public Tensor Embeddings => embedding.weight!;

    // Every token is foreseen but those of a row's first context. Ids have 64 bits.
    double IActivationMemory.ActivationBytes(long rows, long length, ActivationConditions conditions)
    {
        double words = (double)rows * (length - Config.ContextSize);
        return conditions.ExactBytes(4, words * (Config.ContextSize + 1)) + conditions.Bytes(5, words * Config.ContextSize * Config.EmbeddingSize) + conditions.Bytes(6, words * Config.HiddenSize);
    }

    /// <summary>Sets b, so that the untrained network gives each word its frequency and need not learn that first.</summary>
    /// <param name="logFrequencies">One a word.</param>
    public void SetBias(ReadOnlySpan<float> logFrequencies)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (output ?? direct)!.bias!.copy_(tensor(logFrequencies.ToArray()));
    }

    /// <summary>Logits of every word after each context.</summary>
    /// <param name="contexts">[N, context size] int64, oldest first.</param>
    /// <returns>[N, V]</returns>
    public override Tensor forward(Tensor contexts)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor x, Tensor? h) = Features(contexts);
        Tensor? logits = output?.forward(h!);
        if (direct is not null) logits = logits is null ? direct.forward(x) : logits.Plus(direct.forward(x));
        return logits!.MoveToOuterDisposeScope();
    }

    /// <summary>Logits of some words after each context.</summary>
    /// <param name="contexts">[N, context size] int64, oldest first.</param>
    /// <param name="targets">A word of each context's own, [N] int64.</param>
    /// <param name="candidates">Words that all contexts share, [S] int64.</param>
    /// <returns>[N, 1 + S]: the own word first.</returns>
    public Tensor Sampled(Tensor contexts, Tensor targets, Tensor candidates)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor x, Tensor? h) = Features(contexts);
        Tensor? logits = output is null ? null : SampledLogits.Of(output, h!, targets, candidates);
        if (direct is not null) logits = logits is null ? SampledLogits.Of(direct, x, targets, candidates) : logits.Plus(SampledLogits.Of(direct, x, targets, candidates));
        return logits!.MoveToOuterDisposeScope();
    }

    // x: [N, context x E], h: [N, hidden]
    private (Tensor X, Tensor? H) Features(Tensor contexts)
    {
        Tensor x = _dropout.forward(embedding.forward(contexts).flatten(1));
        return (x, hidden is null ? null : _dropout.forward(hidden.forward(x).tanh()));
    }

    private void Initialize(Generator generator)
    {
        embedding.weight!.copy_(randn(embedding.weight!.shape, generator: generator).ScaleBy(0.1));
        foreach (Linear? layer in (Linear?[])[hidden, direct, output])
        {
            if (layer is null) continue;
            layer.weight!.copy_(rand(layer.weight!.shape, generator: generator).ScaleBy(2).ShiftBy(-1).Over(Math.Sqrt(layer.weight!.shape[1])));
            if (layer.bias is not null) nn.init.zeros_(layer.bias);
        }
        direct?.weight!.zero_();
    }
}
