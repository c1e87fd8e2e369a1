using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Integrated gradients (Sundararajan et al. 2017): what each word adds to an output, as the integral of the gradient along the straight line from the embeddings
/// of a baseline to those of the text. Neither the network's parameters nor their gradients are touched.
/// </summary>
internal static class IntegratedGradients
{
    /// <summary>The part of some points on the line: over all points of a midpoint rule, the sum divided by their number is the integral.</summary>
    /// <param name="network">In evaluation, in 32 bits or more.</param>
    /// <param name="inputIds">[1, T] int64: the text.</param>
    /// <param name="baselineIds">[1, T] int64: the same with nothing said in it. Where both have the same id the value is 0.</param>
    /// <param name="tokenTypeIds">[1, T] int64; null for all 0.</param>
    /// <param name="points">Places on the line, in [0, 1]: 0 = baseline, 1 = text. They run as one batch.</param>
    /// <param name="output">From the network's outputs [B, K] to the number explained, [B].</param>
    /// <returns>[T]: for each token, gradient times difference, summed over its embedding and the points.</returns>
    public static Tensor At(IEmbeddedTextNetwork network, Tensor inputIds, Tensor baselineIds, Tensor? tokenTypeIds, ReadOnlySpan<float> points, Func<Tensor, Tensor> output)
    {
        using IDisposable _ = enable_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor start, Tensor difference) = Line(network, inputIds, baselineIds, tokenTypeIds);
        Tensor part = tensor(points.ToArray(), [points.Length, 1, 1], device: inputIds.device);
        Tensor embeddings = start.Plus(part * difference).requires_grad_();   // [B, T, D]
        Tensor gradient = autograd.grad([output(network.FromEmbeddings(embeddings)).sum()], [embeddings])[0];
        return (gradient * difference).sum([0, 2]).MoveToOuterDisposeScope();
    }

    private static (Tensor Start, Tensor Difference) Line(IEmbeddedTextNetwork network, Tensor inputIds, Tensor baselineIds, Tensor? tokenTypeIds)
    {
        using IDisposable _ = no_grad();
        Tensor start = network.Embed(baselineIds, inputIds, tokenTypeIds);
        return (start, network.Embed(inputIds, inputIds, tokenTypeIds).Minus(start));
    }
}
