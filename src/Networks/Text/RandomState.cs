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

    public void Dispose()
    {
        set_rng_state(_state);
        _state.Dispose();
    }
}
