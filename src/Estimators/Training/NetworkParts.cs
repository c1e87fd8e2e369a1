using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Looks into networks.</summary>
internal static class NetworkParts
{
    /// <summary>What is a T of a network: itself, or modules in it.</summary>
    public static T[] PartsOf<T>(this nn.Module network) => [.. network.modules().Prepend(network).OfType<T>()];
}
