using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The processor's global random state, and the way to put it back as it was.</summary>
internal sealed class RandomState : IDisposable
{
    private readonly Tensor _state = Read().DetachFromDisposeScope();

    private RandomState()
    {
    }

    public static IDisposable Preserve() => new RandomState();

    // Not get_rng_state and set_rng_state: nothing holds the generators that these make, and one that is finalized before libtorch has read it ends the process.

    /// <summary>The state now, the caller's.</summary>
    public static Tensor Read()
    {
        using Generator generator = Generator.Default;
        return generator.get_state();
    }

    /// <summary>Goes on from a state.</summary>
    public static void Write(Tensor state)
    {
        using Generator generator = Generator.Default;
        generator.set_state(state);
    }

    /// <summary>Makes all that is drawn from now on, on the processor and on the device, follow from a seed. TorchSharp's manual_seed is of the processor alone.</summary>
    public static void Seed(long seed, Device device)
    {
        manual_seed(seed).Dispose();
        if (device.type == DeviceType.CUDA) cuda.manual_seed_all(seed);
    }

    public void Dispose()
    {
        Write(_state);
        _state.Dispose();
    }
}
