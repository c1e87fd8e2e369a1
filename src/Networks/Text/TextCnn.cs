using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Convolutions of several widths over word vectors, the largest value of each over the text, one linear layer (Kim 2014).</summary>
public sealed class TextCnn : WordNetwork
{
    private readonly ModuleList<Conv2d> convs;
    private readonly Linear fc;
    private readonly FastDropout _dropout;

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Of the weights; null = 0.</param>
    public TextCnn(TextCnnConfig config, long? seed = null) : base(nameof(TextCnn), Checked(config))
    {
        Config = config;
        using var construction = new ConstructionScope();
        int channels = config.TwoChannels ? 2 : 1;
        convs = new ModuleList<Conv2d>([.. config.FilterWidths.Select(width => nn.Conv2d(channels, config.FeatureMaps, ((long)width, (long)config.EmbeddingSize)))]);
        fc = UnsetLayers.Linear(config.FeatureMaps * config.FilterWidths.Count, config.ClassCount);
        _dropout = new FastDropout(config.Dropout);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Draw(seed ?? 0, Initialize);
    }

    /// <summary>The shape.</summary>
    public TextCnnConfig Config { get; }

    /// <summary>The last layer's weights, [K, features].</summary>
    internal Parameter LastWeight => fc.weight!;

    /// <summary>Scales the last layer's weights of each class down to a length, as Kim does after each step.</summary>
    /// <param name="maxNorm">The most, above 0.</param>
    public void LimitNorm(double maxNorm) => LimitNorm(fc.weight!, maxNorm);

    /// <summary>The same for weights that are kept beside the network's own.</summary>
    internal static void LimitNorm(Tensor weight, double maxNorm)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor norms = weight.norm(1, keepdim: true).AtLeast(1e-12);
        weight.mul_(norms.reciprocal().Times(maxNorm).AtMost(1));
    }

    private protected override WordNetwork New() => new TextCnn(Config);

    // Word vectors and their gradient; of each width the windows, and what the filters give before and behind ReLU and mask; of the widest the gradients of all that.
    private protected override double ActivationBytes(double tokens, ActivationConditions conditions)
    {
        return conditions.Bytes(3, tokens * WordSize) + Config.FilterWidths.Append(Config.FilterWidths.Max()).Sum(OfWidth);

        double OfWidth(int width) => conditions.Bytes(1, tokens * width * WordSize) + conditions.Bytes(3, tokens * Config.FeatureMaps);
    }

    // Windows that reach filler are left out.
    private protected override Tensor Logits(Tensor words, Tensor? attentionMask)
    {
        Tensor[] largest = [.. convs.Select((conv, i) => Largest(words, conv, Config.FilterWidths[i], attentionMask))];
        return fc.forward(_dropout.forward(cat(largest, 1)));
    }

    // [B, F]. The filters span the whole vector, so the convolution has one dimension.
    private static Tensor Largest(Tensor words, Conv2d conv, int width, Tensor? attentionMask)
    {
        Tensor weight = conv.weight!.transpose(2, 3).flatten(1, 2);   // [F, channels x D, width]
        Tensor features = WindowProduct.Of(words, weight, conv.bias).relu();   // [B, T - width + 1, F]
        // ReLU leaves nothing below zero, so that a zero is never the largest but where all are.
        if (attentionMask is not null) features = features * attentionMask.narrow(1, width - 1, attentionMask.shape[1] - width + 1).to(features.dtype).unsqueeze(2);
        return features.amax([1]);
    }

    private void Initialize(Generator generator)
    {
        InitializeWords(generator);
        foreach (Conv2d conv in convs)
        {
            double range = 1 / Math.Sqrt(conv.weight!.numel() / (double)conv.weight!.shape[0]);
            Fill(conv.weight!, range, generator);
            Fill(conv.bias!, range, generator);
        }
        Initialize(fc, generator);
    }

    private static TextCnnConfig Checked(TextCnnConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return config;
    }
}
