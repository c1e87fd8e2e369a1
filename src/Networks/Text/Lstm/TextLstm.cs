using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A bidirectional LSTM over word vectors, one vector of its states, one linear layer (Tang et al. 2019, without their hidden layer before the last).
/// From the second layer on both directions read the states of both.
/// </summary>
public sealed class TextLstm : WordNetwork
{
    private readonly LstmWeights[][] _layers;
    private readonly Linear fc;
    private readonly FastDropout _dropout;

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Of the weights; null = 0.</param>
    public TextLstm(TextLstmConfig config, long? seed = null) : base(nameof(TextLstm), Checked(config))
    {
        Config = config;
        using var construction = new ConstructionScope();
        _layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => layer == 0 ? WordSize : 2 * config.HiddenSize).Select(size => (LstmWeights[])[new(size, config.HiddenSize), new(size, config.HiddenSize)])];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            register_module($"forward_layer_{layer}", _layers[layer][0]);
            register_module($"backward_layer_{layer}", _layers[layer][1]);
        }
        fc = UnsetLayers.Linear(2 * config.HiddenSize, config.ClassCount);
        _dropout = new FastDropout(config.Dropout);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Draw(seed ?? 0, Initialize);
    }

    /// <summary>The shape.</summary>
    public TextLstmConfig Config { get; }

    private protected override WordNetwork New() => new TextLstm(Config);

    private protected override double ActivationBytes(double tokens, ActivationConditions conditions)
    {
        double hidden = Config.HiddenSize, inputs = Math.Max(WordSize, Config.LayerCount > 1 ? 2 * hidden : 0);
        return conditions.Bytes(3, tokens * WordSize)
            + Enumerable.Range(0, Config.LayerCount).Sum(layer => LstmActivations.Kept(tokens, layer == 0 ? WordSize : 2 * hidden, hidden, hidden, conditions))
            + LstmActivations.Passing(tokens, inputs, hidden, conditions);
    }

    private protected override Tensor Logits(Tensor words, Tensor? attentionMask)
    {
        Tensor steps = words.transpose(0, 1);   // [T, B, channels x D]
        Tensor? lengths = attentionMask?.to(int64).sum(1);   // [B]
        Tensor? order = lengths is null ? null : ReadingOrder.FromTheEnd(lengths, steps.shape[0]);
        Tensor states = Read(_layers[0], steps, order);
        foreach (LstmWeights[] layer in _layers.AsSpan(1)) states = Read(layer, _dropout.forward(Aligned(states, order)), order);
        Tensor pooled = Config.Pooling == TextLstmPooling.Max ? Largest(states, lengths) : Last(states, lengths);   // [2, B, H]
        return fc.forward(_dropout.forward(cat(pooled.unbind(0), -1)));
    }

    // [2, T, B, H], each direction in its own order of reading
    private static Tensor Read(LstmWeights[] layer, Tensor steps, Tensor? order)
    {
        Tensor both = stack([steps, ReadingOrder.Reverse(steps, order)], 0);
        return PlainLstmLayer.Run(both, Both(d => d.Input), Both(d => d.State), Both(d => d.Bias));

        Tensor Both(Func<LstmWeights, Tensor> weight) => stack([.. layer.Select(weight)], 0);
    }

    // [T, B, 2H]: what both directions know at each word
    private static Tensor Aligned(Tensor states, Tensor? order) => cat([states[0], ReadingOrder.Reverse(states[1], order)], -1);

    private static Tensor Largest(Tensor states, Tensor? lengths)
    {
        if (lengths is null) return states.amax([1]);
        Tensor filler = HeldScalars.Range(0, states.shape[1], lengths.device).unsqueeze(1).ge(lengths.unsqueeze(0));   // [T, B]
        return states.Masked(filler.unsqueeze(-1), double.NegativeInfinity).amax([1]);
    }

    // In either direction a row's last step is that of its length.
    private static Tensor Last(Tensor states, Tensor? lengths) => lengths is null
        ? states.select(1, states.shape[1] - 1)
        : states.gather(1, lengths.Plus(-1).view(1, 1, -1, 1).expand(states.shape[0], 1, -1, states.shape[3])).squeeze(1);

    private void Initialize(Generator generator)
    {
        InitializeWords(generator);
        double range = 1 / Math.Sqrt(Config.HiddenSize);
        foreach (LstmWeights weights in _layers.SelectMany(layer => layer))
        {
            Fill(weights.Input, range, generator);
            Fill(weights.State, range, generator);
            weights.Bias.zero_();
            // A cell keeps what it has until it learns to forget (Gers et al. 2000).
            weights.Bias.narrow(0, Config.HiddenSize, Config.HiddenSize).FillWith(1);
        }
        Initialize(fc, generator);
    }

    private static TextLstmConfig Checked(TextLstmConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return config;
    }
}
