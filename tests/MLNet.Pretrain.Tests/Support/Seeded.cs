using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Random tensors that follow from a seed. Generators end here: one that nothing holds may be finalized while libtorch draws from it.</summary>
internal static class Seeded
{
    public static Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    public static Tensor Whole(ulong seed, long low, long high, long[] shape, ScalarType type = ScalarType.Int64)
    {
        using var generator = new Generator(seed);
        return randint(low, high, shape, type, generator: generator);
    }
}
