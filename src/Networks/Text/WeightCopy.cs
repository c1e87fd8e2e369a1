using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

internal static class WeightCopy
{
    /// <summary>Gives a new network of the same shape this one's weights in 32 bits, on the same device, ready for evaluation; its parameters do not learn.</summary>
    public static T CopyInFloat32To<T>(this T network, T fresh) where T : nn.Module
    {
        using IDisposable _ = no_grad();
        foreach ((Parameter target, Parameter source) in fresh.parameters().Zip(network.parameters())) target.copy_(source);
        fresh.to(network.parameters().First().device);
        fresh.eval();
        foreach (Parameter parameter in fresh.parameters())
        {
            parameter.requires_grad = false;
            parameter.DetachFromDisposeScope();   // made by the move, in whatever scope the caller has
        }
        return fresh;
    }
}
