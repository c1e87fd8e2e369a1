using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A task's mix of layers (Peters et al. 2018, equation 1): gamma times the sum of the layers, each times its part of softmax(weights).</summary>
public static class ScalarMix
{
    /// <summary>Mixes layers.</summary>
    /// <param name="layers">L tensors [B, T, D].</param>
    /// <param name="weights">[L], before the softmax.</param>
    /// <param name="gamma">Scales the sum; a scalar.</param>
    /// <param name="normalizeOver">
    /// [B, T], 1 or true = real: each layer is brought to mean 0 and variance 1 over all its real values first. That makes a row's result depend on the rows
    /// beside it. Null = layers are mixed as they are.
    /// </param>
    /// <returns>[B, T, D]</returns>
    public static Tensor Mix(IReadOnlyList<Tensor> layers, Tensor weights, Tensor gamma, Tensor? normalizeOver = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0 || weights.dim() != 1 || weights.shape[0] != layers.Count)
            throw new ArgumentException($"There are {layers.Count} layers and weights of shape [{string.Join(", ", weights.shape)}]; expected one weight a layer.", nameof(weights));
        using DisposeScope scope = NewDisposeScope();
        Tensor parts = weights.softmax(0);
        Tensor sum = Layer(0) * parts[0];
        for (int i = 1; i < layers.Count; i++) sum = sum.Plus(Layer(i) * parts[i]);
        return (gamma * sum).MoveToOuterDisposeScope();

        Tensor Layer(int index) => normalizeOver is null ? layers[index] : Normalize(layers[index], normalizeOver.to(layers[index].dtype).unsqueeze(-1));
    }

    private static Tensor Normalize(Tensor layer, Tensor mask)
    {
        Tensor count = mask.sum().Times(layer.shape[^1]);
        Tensor mean = (layer * mask).sum() / count;
        Tensor variance = (layer.Minus(mean) * mask).square().sum() / count;
        return layer.Minus(mean) / variance.Plus(1e-12).sqrt();
    }
}
