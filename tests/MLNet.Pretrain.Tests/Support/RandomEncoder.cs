using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Tiny encoders whose weights are large enough to matter.</summary>
internal static class RandomEncoder
{
    private const int Words = 30;

    /// <summary>One that evaluates.</summary>
    public static TextEncoder Of(int layers, int width = 12, int heads = 3, double dropout = 0, long seed = 1)
    {
        var encoder = new TextEncoder(Config(layers, width, heads, dropout), seed);
        encoder.eval();
        return encoder;
    }

    public static TextEncoderConfig Config(int layers, int width = 12, int heads = 3, double dropout = 0) => new()
    {
        VocabSize = Words,
        HiddenSize = width,
        LayerCount = layers,
        HeadCount = heads,
        IntermediateSize = 20,
        MaxPositions = 16,
        InitializerRange = 0.3,
        HiddenDropout = dropout,
        AttentionDropout = dropout,
    };

    /// <summary>[rows, length]</summary>
    public static Tensor Ids(long rows, long length, ulong seed = 2) => Seeded.Whole(seed, 1, Words, [rows, length]);

    /// <summary>[lengths, longest], 1 at the first tokens of each row.</summary>
    public static Tensor Mask(params int[] lengths) => arange(lengths.Max()).unsqueeze(0).lt(tensor(lengths).unsqueeze(1)).to(int64);
}
