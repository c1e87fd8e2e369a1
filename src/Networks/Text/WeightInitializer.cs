using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Draws networks' first weights.</summary>
internal static class WeightInitializer
{
    [ThreadStatic]
    private static long s_draws;

    /// <summary>Draws of this thread so far: tests of loading count them.</summary>
    public static long Draws => s_draws;

    /// <summary>Has weights set from a generator of their own, with gradients off; within <see cref="UnsetWeights"/> they stay as they are.</summary>
    public static void Draw(long seed, Action<Generator> set)
    {
        if (UnsetWeights.AreWanted) return;
        s_draws++;
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        set(generator);
    }

    /// <summary>BERT's: matrices normal(0, range), biases 0, norms 1.</summary>
    public static void Initialize(nn.Module network, double range, long seed) => Draw(seed, generator =>
    {
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            if (parameter.dim() >= 2) parameter.copy_(randn(parameter.shape, generator: generator).ScaleBy(range));
            else if (name.EndsWith("norm.weight", StringComparison.Ordinal)) nn.init.ones_(parameter);
            else nn.init.zeros_(parameter);
        }
    });
}
