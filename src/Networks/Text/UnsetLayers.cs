using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Layers whose weights nobody has set yet. TorchSharp's own makers draw random ones, only for an initialiser or a file to set others.</summary>
internal static class UnsetLayers
{
    /// <summary>Rows of weights, [rows, columns].</summary>
    public static Embedding Embedding(long rows, long columns, long? paddingIndex = null)
    {
        // The native module knows its weights by their address: a small one's are made to be those wanted. (Embedding_from_pretrained draws all, and then has two.)
        Embedding layer = nn.Embedding((paddingIndex ?? 0) + 1, 1, paddingIndex);
        using IDisposable _ = no_grad();
        using Tensor weight = UnsetWeights.Of(rows, columns);
        layer.weight!.set_(weight);
        return layer;
    }

    /// <summary>x weight' + bias, weight [outputs, inputs].</summary>
    public static Linear Linear(long inputs, long outputs, bool hasBias = true) =>
        nn.Linear(new Parameter(UnsetWeights.Of(outputs, inputs)), hasBias ? new Parameter(UnsetWeights.Of(outputs)) : null);
}
