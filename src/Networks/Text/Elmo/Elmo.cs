using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Deep contextualized word vectors (Peters et al. 2018): words from characters, a stack of LSTM layers that reads each text in both directions, and,
/// where the configuration has a vocabulary, the output layer of the two language models that train it. Parameters of all but that layer have the
/// reference implementation's names.
/// </summary>
public sealed class Elmo : nn.Module<Tensor, Tensor?, IReadOnlyList<Tensor>>, IActivationMemory
{
    private readonly CharacterEncoder char_encoder;
    private readonly BidirectionalLstm elmo_lstm;
    private readonly Linear? output;
    private readonly FastDropout _dropout;

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Of the weights; null = 0. The global random state is neither read nor changed.</param>
    /// <exception cref="ArgumentException">The configuration does not make a network.</exception>
    public Elmo(ElmoConfig config, long? seed = null) : base(nameof(Elmo))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        using var construction = new ConstructionScope();
        char_encoder = new CharacterEncoder(config);
        elmo_lstm = new BidirectionalLstm(config);
        if (config.VocabularySize > 0) output = UnsetLayers.Linear(config.ProjectionSize, config.VocabularySize);
        _dropout = new FastDropout(config.Dropout);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Draw(seed ?? 0, Initialize);
    }

    /// <summary>The shape.</summary>
    public ElmoConfig Config { get; }

    // The LSTM layers alone: words go through the character network once each, how many a batch has is not known here.
    double IActivationMemory.ActivationBytes(long rows, long length, ActivationConditions conditions)
    {
        double tokens = (double)rows * length, size = Config.ProjectionSize;
        return conditions.Bytes(8, tokens * size) + Config.LayerCount * LstmActivations.Kept(tokens, size, Config.CellSize, size, conditions) + LstmActivations.Passing(tokens, size, Config.CellSize, conditions);
    }

    /// <summary>Bytes that the forward and backward pass of <see cref="WordVectors"/> takes.</summary>
    /// <param name="words">Different words.</param>
    /// <param name="characters">Characters that are read of each.</param>
    /// <param name="conditions">How it learns.</param>
    internal double WordVectorBytes(double words, double characters, ActivationConditions conditions)
    {
        double features = Config.Filters.Sum(f => f.Count);
        return conditions.Bytes(4, words * characters * Config.CharacterEmbeddingSize) + Config.Filters.Sum(OfFilter) + OfFilter(Config.Filters.MaxBy(f => f.Width))
            + conditions.Bytes(4 + 9 * Config.HighwayLayerCount, words * features) + conditions.Bytes(3, words * Config.ProjectionSize);

        // Windows, and what the filter gives of them.
        double OfFilter(CharacterFilters filter)
        {
            double places = words * (characters - filter.Width + 1);
            return conditions.Bytes(1, places * filter.Width * Config.CharacterEmbeddingSize) + conditions.Bytes(2, places * filter.Count);
        }
    }

    /// <summary>All layers of texts, given by their characters.</summary>
    /// <param name="characters">[B, T, C] int64, begin and end of the text included; 0 at filler.</param>
    /// <param name="attentionMask">[B, T], 1 or true = real, filler at the end; null where nothing is filler.</param>
    /// <returns>As of <see cref="Layers"/>.</returns>
    public override IReadOnlyList<Tensor> forward(Tensor characters, Tensor? attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor words = WordVectors(characters.flatten(0, 1)).view(characters.shape[0], characters.shape[1], -1);
        IReadOnlyList<Tensor> layers = Layers(words, attentionMask);
        foreach (Tensor layer in layers) layer.MoveToOuterDisposeScope();
        return layers;
    }

    /// <summary>Vectors of words without context. Each word of a batch needs it once: gather afterwards.</summary>
    /// <param name="characters">[N, C] int64</param>
    /// <returns>[N, P]</returns>
    public Tensor WordVectors(Tensor characters) => char_encoder.forward(characters);

    /// <summary>The layers: 0 = the words' own vectors, twice; i = LSTM layer i, forward and backward side by side.</summary>
    /// <param name="words">[B, T, P]</param>
    /// <param name="attentionMask">As in <see cref="forward"/>.</param>
    /// <returns>LayerCount + 1 tensors [B, T, 2P], zero at filler.</returns>
    public IReadOnlyList<Tensor> Layers(Tensor words, Tensor? attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? real = attentionMask?.to(words.dtype).unsqueeze(-1);   // [B, T, 1]
        var layers = new List<Tensor> { Masked(cat([words, words], -1)) };
        foreach (Tensor layer in elmo_lstm.Run(words, Lengths(attentionMask))) layers.Add(Masked(cat([layer[0], layer[1]], -1)));
        foreach (Tensor layer in layers) layer.MoveToOuterDisposeScope();
        return layers;

        Tensor Masked(Tensor layer) => real is null ? layer : layer * real;
    }

    /// <summary>What each direction's language model foresees, and from what: forward the word after each place, backward the word before it.</summary>
    /// <param name="words">[B, T, P]</param>
    /// <param name="targets">The words as numbers of the output layer, [B, T] int64.</param>
    /// <param name="attentionMask">As in <see cref="forward"/>.</param>
    /// <returns>[2, N, P] and [2, N]: forward, then backward; N pairs of neighbours.</returns>
    public (Tensor States, Tensor Targets) Predictions(Tensor words, Tensor targets, Tensor? attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        long pairs = words.shape[1] - 1;
        Tensor? real = attentionMask?.narrow(1, 1, pairs).flatten().nonzero().squeeze(1);   // looked for before there is much to wait for
        Tensor last = _dropout.forward(elmo_lstm.Run(words, Lengths(attentionMask))[^1]);   // [2, B, T, P]
        Tensor states = stack([last[0].narrow(1, 0, pairs), last[1].narrow(1, 1, pairs)], 0).flatten(1, 2);
        Tensor foreseen = stack([targets.narrow(1, 1, pairs), targets.narrow(1, 0, pairs)], 0).flatten(1, 2);
        if (real is not null) (states, foreseen) = (states.index_select(1, real), foreseen.index_select(1, real));
        return (states.MoveToOuterDisposeScope(), foreseen.MoveToOuterDisposeScope());
    }

    /// <summary>Sums of the negative log-likelihood of what each direction foresees, over the whole vocabulary, in bounded memory.</summary>
    /// <param name="states">Of <see cref="Predictions"/>.</param>
    /// <param name="targets">Of <see cref="Predictions"/>.</param>
    /// <exception cref="InvalidOperationException">The network has no output layer.</exception>
    public (double Forward, double Backward) NegativeLogLikelihood(Tensor states, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        return (Sum(0), Sum(1));

        double Sum(int direction) => LinearCrossEntropy.Sum(states[direction], Output.weight!, Output.bias, targets[direction]);
    }

    /// <summary>The mean cross-entropy over the whole vocabulary, in 32 bits and in bounded memory; it can be differentiated once.</summary>
    /// <param name="states">[N, P]</param>
    /// <param name="targets">[N] int64</param>
    /// <exception cref="InvalidOperationException">The network has no output layer.</exception>
    public Tensor CrossEntropy(Tensor states, Tensor targets) => LinearCrossEntropy.Mean(states, Output.weight!, Output.bias, targets);

    /// <summary>Logits of every word.</summary>
    /// <param name="states">[N, P]</param>
    /// <returns>[N, V]</returns>
    /// <exception cref="InvalidOperationException">The network has no output layer.</exception>
    public Tensor Logits(Tensor states) => Output.forward(states);

    /// <summary>Logits of some words.</summary>
    /// <param name="states">[N, P]</param>
    /// <param name="targets">A word of each state's own, [N] int64.</param>
    /// <param name="candidates">Words that all share, [S] int64.</param>
    /// <returns>[N, 1 + S]: the own word first.</returns>
    /// <exception cref="InvalidOperationException">The network has no output layer.</exception>
    public Tensor Sampled(Tensor states, Tensor targets, Tensor candidates) => SampledLogits.Of(Output, states, targets, candidates);

    /// <summary>Sets the output layer's bias, so that the untrained network gives each word its frequency and need not learn that first.</summary>
    /// <param name="logFrequencies">One a word.</param>
    /// <exception cref="InvalidOperationException">The network has no output layer.</exception>
    public void SetBias(ReadOnlySpan<float> logFrequencies)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Output.bias!.copy_(tensor(logFrequencies.ToArray()));
    }

    private Linear Output => output ?? throw new InvalidOperationException("This network has no output layer (ElmoConfig.VocabularySize is 0): it gives features only.");

    private static Tensor? Lengths(Tensor? attentionMask) => attentionMask?.to(int64).sum(1);

    private void Initialize(Generator generator)
    {
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (parameter.dim() >= 2) parameter.copy_(Uniform(parameter.shape).Over(Math.Sqrt(parameter.numel() / (double)parameter.shape[0])));
            else nn.init.zeros_(parameter);
        }
        char_encoder.Initialize(Uniform);
        elmo_lstm.Initialize();

        Tensor Uniform(long[] shape) => rand(shape, generator: generator).ScaleBy(2).ShiftBy(-1);
    }
}
