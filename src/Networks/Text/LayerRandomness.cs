using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The random state that a layer begins with, to run it again with the same dropout.</summary>
internal static class LayerRandomness
{
    /// <summary>What <see cref="Repeat"/> needs of the state now. On an accelerator, whose state TorchSharp does not tell, a new one, drawn from the processor's.</summary>
    public static Tensor Begin(Device device)
    {
        if (device.type == DeviceType.CPU) return RandomState.Read();
        Tensor seed = randint(0, long.MaxValue, [1], int64);
        cuda.manual_seed_all(seed.item<long>());
        return seed;
    }

    /// <summary>Begins with that state again; what was before comes back with the result's end, on the processor.</summary>
    public static IDisposable Repeat(Tensor state)
    {
        IDisposable before = RandomState.Preserve();
        if (state.dtype == ScalarType.Byte) RandomState.Write(state);
        else cuda.manual_seed_all(state.item<long>());
        return before;
    }
}
