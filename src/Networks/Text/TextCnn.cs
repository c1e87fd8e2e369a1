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
        fc = nn.Linear(config.FeatureMaps * config.FilterWidths.Count, config.ClassCount);
        _dropout = new FastDropout(config.Dropout);
        RegisterComponents();
        construction.Keep(this);
        Initialize(seed ?? 0);
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
        weight.mul_((maxNorm / norms).clamp_max(1));
    }

    private protected override WordNetwork New() => new TextCnn(Config);

    // Word vectors, in the order of the convolutions, and their gradients; of each width what the filters give, before and behind ReLU and mask, and of one width the gradients.
    private protected override double ActivationBytes(double tokens, ActivationConditions conditions) =>
        conditions.Bytes(5, tokens * WordSize) + conditions.Bytes(3 * Config.FilterWidths.Count + 3, tokens * Config.FeatureMaps);

    // Windows that reach filler are left out.
    private protected override Tensor Logits(Tensor words, Tensor? attentionMask)
    {
        Tensor signal = words.transpose(1, 2);   // [B, channels x D, T]
        Tensor[] largest = [.. convs.Select((conv, i) => Largest(signal, conv, Config.FilterWidths[i], attentionMask))];
        return fc.forward(_dropout.forward(cat(largest, 1)));
    }

    // [B, F]. The filters span the whole vector, so the convolution has one dimension.
    private static Tensor Largest(Tensor signal, Conv2d conv, int width, Tensor? attentionMask)
    {
        Tensor weight = conv.weight!.transpose(2, 3).flatten(1, 2);   // [F, channels x D, width]
        Tensor features = nn.functional.conv1d(signal, weight, conv.bias).relu();   // [B, F, T - width + 1]
        // ReLU leaves nothing below zero, so that a zero is never the largest but where all are.
        if (attentionMask is not null) features = features * attentionMask.narrow(1, width - 1, attentionMask.shape[1] - width + 1).to(features.dtype).unsqueeze(1);
        return features.amax([2]);
    }

    private void Initialize(long seed)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var generator = new Generator((ulong)seed);
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
