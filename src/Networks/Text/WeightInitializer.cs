using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>BERT's initial weights: matrices normal(0, range), biases 0, norms 1, from a generator of their own.</summary>
internal static class WeightInitializer
{
    public static void Initialize(nn.Module network, double range, long seed)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var generator = new Generator((ulong)seed);
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            if (parameter.dim() >= 2) parameter.copy_(randn(parameter.shape, generator: generator) * range);
            else if (name.EndsWith("norm.weight", StringComparison.Ordinal)) nn.init.ones_(parameter);
            else nn.init.zeros_(parameter);
        }
    }
}
