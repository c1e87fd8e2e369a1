using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// While it is open, networks that are made on this thread draw no random weights and hold whatever their memory holds: whoever opens it sets every weight
/// afterwards. Drawing takes longer than reading a file.
/// </summary>
internal sealed class UnsetWeights : IDisposable
{
    [ThreadStatic]
    private static UnsetWeights? s_innermost;

    private readonly UnsetWeights? _outer = s_innermost;
    private readonly WeightMemory _memory = new();

    public UnsetWeights() => s_innermost = this;

    /// <summary>Whether one is open on this thread.</summary>
    public static bool AreWanted => s_innermost is not null;

    /// <summary>A tensor of 32 bits on the CPU that nobody has set.</summary>
    public static Tensor Of(params long[] shape) => s_innermost?._memory.Take(shape) ?? empty(shape, float32, device: CPU);

    public void Dispose()
    {
        s_innermost = _outer;
        _memory.Dispose();
    }
}
