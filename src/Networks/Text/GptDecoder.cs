using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// The GPT-2 language model (Radford et al. 2019): word and position embeddings, Transformer blocks in which each position sees those before it,
/// a last norm, and the word embeddings as output layer (tied weights).
/// </summary>
public sealed class GptDecoder : nn.Module<Tensor, Tensor>, IRecomputing, IActivationMemory
{
    private readonly Embedding word, position;
    private readonly ModuleList<GptBlock> blocks;
    private readonly LayerNorm norm;
    private readonly FastDropout _dropout;
    private bool _recomputes;

    /// <summary>Builds the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Seed of the weights; null = 0. The global random state is neither read nor changed.</param>
    /// <exception cref="ArgumentException">The configuration does not make a network.</exception>
    public GptDecoder(GptConfig config, long? seed = null) : base(nameof(GptDecoder))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        using var construction = new ConstructionScope();
        word = UnsetLayers.Embedding(config.VocabSize, config.HiddenSize);
        position = UnsetLayers.Embedding(config.MaxPositions, config.HiddenSize);
        blocks = [.. Enumerable.Range(0, config.LayerCount).Select(_ => new GptBlock(config))];
        norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        _dropout = new FastDropout(config.EmbeddingDropout);
        RegisterComponents();
        construction.Keep(this);
        Initialize(seed ?? 0);
    }

    /// <summary>The network's shape.</summary>
    public GptConfig Config { get; }

    bool IRecomputing.RecomputesLayers
    {
        get => _recomputes;
        set => _recomputes = value;
    }

    double IActivationMemory.ActivationBytes(long rows, long length, ActivationConditions conditions) => TransformerActivations.Bytes(
        [.. Enumerable.Repeat(new TransformerActivations(Config.HiddenSize, Config.HeadCount, Config.HiddenSize / Config.HeadCount, Config.FeedForwardSize, Config.ResidualDropout > 0, Config.AttentionDropout > 0), Config.LayerCount)],
        rows, length, conditions);

    /// <summary>Scores of every word after each position.</summary>
    /// <param name="inputIds">[B, T] int64, rows filled up at their end where they differ in length: no position sees what comes after it.</param>
    /// <returns>[B, T, V]</returns>
    public override Tensor forward(Tensor inputIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Logits(LastHidden(inputIds)).MoveToOuterDisposeScope();
    }

    /// <summary>The hidden states after the last norm.</summary>
    /// <param name="inputIds">As in <see cref="forward"/>.</param>
    /// <returns>[B, T, H]</returns>
    public Tensor LastHidden(Tensor inputIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Last(inputIds, null).MoveToOuterDisposeScope();
    }

    /// <summary>Scores of every word by hidden states after the last norm.</summary>
    /// <param name="lastHidden">[..., H]</param>
    /// <returns>[..., V]</returns>
    public Tensor Logits(Tensor lastHidden) => nn.functional.linear(lastHidden, word.weight!);

    /// <summary>The mean cross-entropy of the words after some positions, in 32 bits and in bounded memory; it can be differentiated once.</summary>
    /// <param name="lastHidden">[N, H]</param>
    /// <param name="targets">[N] int64</param>
    internal Tensor CrossEntropy(Tensor lastHidden, Tensor targets) => LinearCrossEntropy.Mean(lastHidden, word.weight!, null, targets);

    /// <summary>The sum of the negative log-likelihood of those words, without gradients.</summary>
    /// <param name="lastHidden">[N, H]</param>
    /// <param name="targets">[N] int64; rows of -100 are passed over.</param>
    internal double NegativeLogLikelihood(Tensor lastHidden, Tensor targets) => LinearCrossEntropy.Sum(lastHidden, word.weight!, null, targets);

    /// <summary>The hidden states of every depth: 0 = embeddings, i = after block i, LayerCount + 1 = the last block's after the last norm, from which words are predicted.</summary>
    /// <param name="inputIds">As in <see cref="forward"/>.</param>
    /// <returns>LayerCount + 2 tensors [B, T, H].</returns>
    public IReadOnlyList<Tensor> HiddenStates(Tensor inputIds)
    {
        CheckLength(0, inputIds.shape[1]);
        using DisposeScope scope = NewDisposeScope();
        var states = new List<Tensor>(Config.LayerCount + 2) { Embed(inputIds, null) };
        CausalMask mask = Mask(states[0], null);
        foreach (GptBlock block in blocks) states.Add(block.forward(states[^1], mask, null));
        states.Add(norm.forward(states[^1]));
        foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return states;
    }

    /// <summary>Reads new tokens after those in a cache, keeps them there, and scores the words that may follow.</summary>
    /// <param name="inputIds">[B, T] int64; any id where a row has fillers.</param>
    /// <param name="cache">What was read before.</param>
    /// <returns>[B, V]: after the last of the new tokens.</returns>
    public Tensor Next(Tensor inputIds, KeyValueCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        long length = inputIds.shape[1];
        if (cache.Length + length > cache.Capacity)
            throw new ArgumentException($"The cache has room for {cache.Capacity} positions, of which {cache.Length} are taken; {length} more do not fit.", nameof(inputIds));
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Last(inputIds, cache);
        cache.Advance((int)length);
        return Logits(hidden.select(1, -1)).MoveToOuterDisposeScope();
    }

    private Tensor Last(Tensor inputIds, KeyValueCache? cache)
    {
        CheckLength(cache?.Length ?? 0, inputIds.shape[1]);
        Tensor x = Embed(inputIds, cache);
        CausalMask mask = Mask(x, cache);
        for (int i = 0; i < Config.LayerCount; i++)
        {
            Tensor next = RunBlock(blocks[i], x, mask, cache?[i]);
            if (!is_grad_enabled()) x.Dispose();
            x = next;
        }
        return norm.forward(x);
    }

    private Tensor RunBlock(GptBlock block, Tensor x, CausalMask mask, KeyValueCache.Layer? cache) => _recomputes && cache is null
        ? LayerCheckpoint.Run((input, allowed) => [block.forward(input, new(allowed), null)], x, mask.Allowed, block.parameters())[0]
        : block.forward(x, mask, cache);

    // Positions count from each row's first real token; fillers have position 0.
    private Tensor Embed(Tensor inputIds, KeyValueCache? cache)
    {
        long past = cache?.Length ?? 0;
        Tensor positions = HeldScalars.Range(past, past + inputIds.shape[1], inputIds.device).unsqueeze(0);
        if (cache?.Padding is { } padding) positions = positions.Minus(padding).AtLeast(0);
        return _dropout.forward(word.forward(inputIds).Plus(position.forward(positions)));
    }

    private CausalMask Mask(Tensor x, KeyValueCache? cache) => CausalMask.Of(cache?.Length ?? 0, x.shape[1], cache?.Padding, blocks[0].IsPlain(x), x.device);

    private void CheckLength(int past, long length)
    {
        if (past + length > Config.MaxPositions)
            throw new ArgumentException($"The sequence has {past + length} tokens, but the decoder has positions for {Config.MaxPositions}; shorten it.");
    }

    private void Initialize(long seed)
    {
        if (UnsetWeights.AreWanted) return;
        WeightInitializer.Initialize(this, Config.InitializerRange, seed);
        using IDisposable _ = no_grad();
        double scale = 1 / Math.Sqrt(2.0 * Config.LayerCount);
        foreach ((string name, Parameter parameter) in named_parameters())
            if (name.EndsWith("output.weight", StringComparison.Ordinal)) parameter.ScaleBy(scale);
    }
}
