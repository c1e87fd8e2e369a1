using MLNet.Pretrain.Networks.Text.Engine;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// The BERT encoder and its relatives (Devlin et al. 2018; DistilBERT, Sanh et al. 2019; RoBERTa, Liu et al. 2019):
/// embeddings, a stack of Transformer layers, and BERT's pooler where the configuration has one.
/// </summary>
public sealed class TextEncoder : nn.Module<Tensor, Tensor?, Tensor?, Tensor>, IRecomputing, IActivationMemory
{
    private readonly Embeddings embeddings;
    private readonly ModuleList<EncoderLayer> layers;
    private readonly Linear? pooler;
    private bool _recomputes;

    /// <summary>Builds the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Seed of the weights; null = 0. The global random state is neither read nor changed.</param>
    /// <exception cref="ArgumentException">The configuration does not make a network.</exception>
    public TextEncoder(TextEncoderConfig config, long? seed = null) : base(nameof(TextEncoder))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        using var construction = new ConstructionScope();
        embeddings = new Embeddings(config);
        layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new EncoderLayer(config, layer))];
        if (config.HasPooler) pooler = UnsetLayers.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Initialize(this, config.InitializerRange, seed ?? 0);
    }

    /// <summary>The network's shape.</summary>
    public TextEncoderConfig Config { get; }

    /// <summary>The word embedding matrix, [vocabulary, hidden]: what a language model's output layer shares.</summary>
    public Parameter WordEmbeddingWeight => embeddings.WordWeight;

    internal IEnumerable<EncoderLayer> Layers => layers;

    internal Embeddings EmbeddingLayer => embeddings;

    /// <summary>What computes the hidden states while no gradients are wanted; null = the modules. Belongs to whoever set it.</summary>
    internal IEncoderEngine? Engine { get; set; }

    bool IRecomputing.RecomputesLayers
    {
        get => _recomputes;
        set => _recomputes = value;
    }

    double IActivationMemory.ActivationBytes(long rows, long length, ActivationConditions conditions) => TransformerActivations.Bytes(
        [.. Enumerable.Range(0, Config.LayerCount).Select(layer => new TransformerActivations(Config.HiddenSize, Config.HeadsOf(layer).Length, Config.HeadSize, Config.IntermediateSize, Config.HiddenDropout > 0, Config.AttentionDropout > 0))],
        rows, length, conditions);

    /// <summary>Gives the last <paramref name="count"/> layers new random weights.</summary>
    internal void ReinitializeTop(int count, long seed)
    {
        for (int layer = Config.LayerCount - count; layer < Config.LayerCount; layer++) WeightInitializer.Initialize(layers[layer], Config.InitializerRange, seed + 7 + layer);
    }

    /// <summary>The hidden states after the last layer.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="attentionMask">[B, T], 1 or true = real, 0 or false = padding; null where nothing is padded, which is faster.</param>
    /// <param name="tokenTypeIds">[B, T] int64; null for all 0.</param>
    /// <returns>[B, T, H]</returns>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        CheckLength(inputIds);
        return Engine is { } engine && !is_grad_enabled() ? engine.Last(inputIds, attentionMask, tokenTypeIds) : RunModules(inputIds, attentionMask, tokenTypeIds);
    }

    internal Tensor RunModules(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Last(embeddings.forward(inputIds, tokenTypeIds), KeyMask(attentionMask)).MoveToOuterDisposeScope();
    }

    /// <summary>What the first layer reads, [B, T, H], with the positions of <paramref name="placeIds"/>.</summary>
    internal Tensor Embed(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds)
    {
        CheckLength(inputIds);
        return embeddings.At(inputIds, placeIds, tokenTypeIds);
    }

    /// <summary>As <see cref="forward"/>, from what the first layer reads, without padding.</summary>
    internal Tensor FromEmbeddings(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return Last(x.alias(), null).MoveToOuterDisposeScope();
    }

    /// <summary>The hidden states of every depth: 0 = embeddings, i = after layer i.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="attentionMask">As in <see cref="forward"/>.</param>
    /// <param name="tokenTypeIds">As in <see cref="forward"/>.</param>
    /// <returns>LayerCount + 1 tensors [B, T, H].</returns>
    public IReadOnlyList<Tensor> HiddenStates(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        CheckLength(inputIds);
        return Engine is { } engine && !is_grad_enabled() ? engine.All(inputIds, attentionMask, tokenTypeIds) : RunModulesAtAllDepths(inputIds, attentionMask, tokenTypeIds);
    }

    internal IReadOnlyList<Tensor> RunModulesAtAllDepths(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? keyMask = KeyMask(attentionMask);
        var states = new List<Tensor>(Config.LayerCount + 1) { embeddings.forward(inputIds, tokenTypeIds) };
        foreach (EncoderLayer layer in layers) states.Add(layer.forward(states[^1], keyMask));
        foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return states;
    }

    /// <summary>
    /// A run of which more is kept than its result: what a student imitates. Gradients flow through all of it; a teacher runs under <c>no_grad</c>, not in
    /// inference mode, whose tensors can have no part in a student's gradients.
    /// </summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="attentionMask">As in <see cref="forward"/>.</param>
    /// <param name="tokenTypeIds">As in <see cref="forward"/>.</param>
    /// <param name="parts">What is kept.</param>
    /// <exception cref="ArgumentException">A layer is asked for that the encoder does not have, or the rows are too long.</exception>
    internal EncoderTrace Trace(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds, EncoderTraceParts parts)
    {
        CheckLength(inputIds);
        parts.Validate(Config.LayerCount);
        (Dictionary<int, Tensor> hidden, Dictionary<int, Tensor> scores, Tensor? values) = ([], [], null);
        using DisposeScope scope = NewDisposeScope();
        Tensor? keyMask = KeyMask(attentionMask);
        Tensor x = embeddings.forward(inputIds, tokenTypeIds);
        Tensor? first = parts.Embeddings ? x.MoveToOuterDisposeScope() : null;
        bool kept = parts.Embeddings;
        for (int i = 0; i < layers.Count; i++)
        {
            bool last = i == layers.Count - 1;
            LayerTrace layer = TraceLayer(layers[i], x, keyMask, parts.Scores.Contains(i), parts.Values && last);
            if (!kept && !is_grad_enabled()) x.Dispose();
            x = layer.Output;
            kept = last || parts.Hidden.Contains(i);
            if (kept) hidden[i] = x.MoveToOuterDisposeScope();
            if (layer.Scores is not null) scores[i] = layer.Scores.MoveToOuterDisposeScope();
            values = layer.Values?.MoveToOuterDisposeScope();
        }
        return new(layers.Count - 1, first, hidden, scores, values);
    }

    /// <summary>BERT's pooler: tanh of a dense layer over the first token.</summary>
    /// <param name="lastHidden">[B, T, H]</param>
    /// <returns>[B, H]</returns>
    /// <exception cref="InvalidOperationException">The network has no pooler.</exception>
    public Tensor Pool(Tensor lastHidden)
    {
        if (pooler is null) throw new InvalidOperationException("This encoder has no pooler (TextEncoderConfig.HasPooler is false); use the mean or the first token's state.");
        using DisposeScope scope = NewDisposeScope();
        return pooler.forward(lastHidden.select(1, 0)).tanh().MoveToOuterDisposeScope();
    }

    private Tensor Last(Tensor x, Tensor? keyMask)
    {
        foreach (EncoderLayer layer in layers)
        {
            Tensor next = RunLayer(layer, x, keyMask);
            if (!is_grad_enabled()) x.Dispose();
            x = next;
        }
        return x;
    }

    private Tensor RunLayer(EncoderLayer layer, Tensor x, Tensor? keyMask) =>
        _recomputes ? LayerCheckpoint.Run((input, mask) => [layer.forward(input, mask)], x, keyMask, layer.Learnable)[0] : layer.forward(x, keyMask);

    private LayerTrace TraceLayer(EncoderLayer layer, Tensor x, Tensor? keyMask, bool withScores, bool withValues) => _recomputes
        ? LayerTrace.Of(LayerCheckpoint.Run((input, mask) => layer.Trace(input, mask, withScores, withValues).Parts, x, keyMask, layer.Learnable), withScores)
        : layer.Trace(x, keyMask, withScores, withValues);

    private static Tensor? KeyMask(Tensor? attentionMask) => attentionMask?.to(@bool).unsqueeze(1).unsqueeze(1);   // [B, 1, 1, T]

    private void CheckLength(Tensor inputIds)
    {
        if (inputIds.shape.Length != 2) throw new ArgumentException($"inputIds has shape [{string.Join(", ", inputIds.shape)}]; expected [batch, tokens].", nameof(inputIds));
        if (inputIds.shape[1] > Config.MaxSequenceLength)
            throw new ArgumentException($"The batch has {inputIds.shape[1]} tokens a row, but the encoder has positions for {Config.MaxSequenceLength}; truncate first.", nameof(inputIds));
    }
}
