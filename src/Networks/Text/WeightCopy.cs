using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

internal static class WeightCopy
{
    /// <summary>A network of the same shape with this one's weights in 32 bits, on the same device, ready for evaluation; its parameters do not learn.</summary>
    /// <param name="network">What is copied.</param>
    /// <param name="make">Makes one of the same shape.</param>
    public static T CopyInFloat32<T>(this T network, Func<T> make) where T : nn.Module
    {
        using IDisposable _ = no_grad();
        using var unset = new UnsetWeights();
        T fresh = make();
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
