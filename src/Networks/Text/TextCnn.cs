using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Convolutions of several widths over word vectors, the largest value of each over the text, one linear layer (Kim 2014).</summary>
public sealed class TextCnn : nn.Module<Tensor, Tensor?, Tensor?, Tensor>, IEmbeddedTextNetwork
{
    private readonly Embedding embedding;
    private readonly Embedding? fixed_embedding;
    private readonly ModuleList<Conv2d> convs;
    private readonly Linear fc;
    private readonly FastDropout _dropout;

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Of the weights; null = 0.</param>
    public TextCnn(TextCnnConfig config, long? seed = null) : base(nameof(TextCnn))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        using var construction = new ConstructionScope();
        embedding = nn.Embedding(config.VocabularySize, config.EmbeddingSize, config.PadTokenId);
        if (config.TwoChannels) fixed_embedding = nn.Embedding(config.VocabularySize, config.EmbeddingSize, config.PadTokenId);
        int channels = config.TwoChannels ? 2 : 1;
        convs = new ModuleList<Conv2d>([.. config.FilterWidths.Select(width => nn.Conv2d(channels, config.FeatureMaps, ((long)width, (long)config.EmbeddingSize)))]);
        fc = nn.Linear(config.FeatureMaps * config.FilterWidths.Count, config.ClassCount);
        _dropout = new FastDropout(config.Dropout);
        RegisterComponents();
        construction.Keep(this);
        Initialize(seed ?? 0);
        if (fixed_embedding is not null) fixed_embedding.weight!.requires_grad = false;
    }

    /// <summary>The shape.</summary>
    public TextCnnConfig Config { get; }

    /// <summary>The words' vectors, of the channel that may learn, [V, D].</summary>
    public Tensor Embeddings => embedding.weight!;

    /// <summary>Sets word vectors, in both channels where there are two.</summary>
    /// <param name="vectors">[V, D]</param>
    /// <param name="learns">Whether the (first) channel's vectors go on learning.</param>
    public void SetEmbeddings(Tensor vectors, bool learns)
    {
        using IDisposable _ = no_grad();
        embedding.weight!.copy_(vectors);
        fixed_embedding?.weight!.copy_(vectors);
        embedding.weight!.requires_grad = learns;
    }

    /// <summary>Scales the last layer's weights of each class down to a length, as Kim does after each step.</summary>
    /// <param name="maxNorm">The most, above 0.</param>
    public void LimitNorm(double maxNorm)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor norms = fc.weight!.norm(1, keepdim: true).AtLeast(1e-12);
        fc.weight!.mul_((maxNorm / norms).clamp_max(1));
    }

    /// <summary>The logits of each class.</summary>
    /// <param name="inputIds">[B, T] int64; T at least the widest filter.</param>
    /// <param name="attentionMask">[B, T], 0 = filler: windows that reach it are left out; null = every position counts.</param>
    /// <param name="tokenTypeIds">Not read; null.</param>
    /// <returns>[B, K]</returns>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Logits(Words(inputIds), attentionMask).MoveToOuterDisposeScope();
    }

    Tensor IEmbeddedTextNetwork.Embed(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Words(inputIds).MoveToOuterDisposeScope();
    }

    Tensor IEmbeddedTextNetwork.FromEmbeddings(Tensor embeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        return Logits(embeddings, null).MoveToOuterDisposeScope();
    }

    IEmbeddedTextNetwork IEmbeddedTextNetwork.CopyInFloat32() => this.CopyInFloat32To(new TextCnn(Config));

    // [B, T, channels x D]
    private Tensor Words(Tensor inputIds)
    {
        Tensor words = embedding.forward(inputIds);
        return fixed_embedding is null ? words : cat([words, fixed_embedding.forward(inputIds)], -1);
    }

    private Tensor Logits(Tensor words, Tensor? attentionMask)
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
        Fill(embedding.weight!, 0.25);
        embedding.weight![Config.PadTokenId].zero_();
        fixed_embedding?.weight!.copy_(embedding.weight!);
        foreach (Conv2d conv in convs)
        {
            double range = 1 / Math.Sqrt(conv.weight!.numel() / (double)conv.weight!.shape[0]);
            Fill(conv.weight!, range);
            Fill(conv.bias!, range);
        }
        double last = 1 / Math.Sqrt(fc.weight!.shape[1]);
        Fill(fc.weight!, last);
        Fill(fc.bias!, last);

        void Fill(Tensor parameter, double range) => parameter.copy_((rand(parameter.shape, generator: generator) * 2 - 1) * range);
    }
}
