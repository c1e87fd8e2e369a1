using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Puts the global random state back as it was.</summary>
internal sealed class RandomState : IDisposable
{
    private readonly Tensor _state = get_rng_state().DetachFromDisposeScope();

    private RandomState()
    {
    }

    public static IDisposable Preserve() => new RandomState();

    /// <summary>Makes all that is drawn from now on, on the processor and on the device, follow from a seed. TorchSharp's manual_seed is of the processor alone.</summary>
    public static void Seed(long seed, Device device)
    {
        manual_seed(seed).Dispose();
        if (device.type == DeviceType.CUDA) cuda.manual_seed_all(seed);
    }

    public void Dispose()
    {
        set_rng_state(_state);
        _state.Dispose();
    }
}
