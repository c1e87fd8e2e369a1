using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Means over what is no padding.</summary>
internal static class MaskedMean
{
    /// <summary>The mean of the values that count; 0 where none does.</summary>
    /// <param name="values">[...]</param>
    /// <param name="mask">bool, true = counts, of a shape that broadcasts to the values'; null = all count.</param>
    /// <param name="rowWeights">[B], the first axis of the values: what a row's values are multiplied by; the number of those that count stays. Null = all 1.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Of(Tensor values, Tensor? mask, Tensor? rowWeights = null)
    {
        using DisposeScope scope = NewDisposeScope();
        if (rowWeights is not null) values = values.mul(rowWeights.to(values.dtype).reshape([-1, .. Enumerable.Repeat(1L, values.shape.Length - 1)]));
        if (mask is null) return values.mean().MoveToOuterDisposeScope();
        Tensor counted = mask.expand_as(values);
        return values.Masked(counted.logical_not(), 0).sum().div(counted.sum().AtLeast(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of the squares of the values that count; what does not may be anything, and gets no gradient.</summary>
    /// <param name="values">[...]</param>
    /// <param name="mask">As in <see cref="Of"/>.</param>
    /// <param name="rowWeights">As in <see cref="Of"/>.</param>
    /// <returns>A scalar.</returns>
    public static Tensor OfSquares(Tensor values, Tensor? mask, Tensor? rowWeights = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor squares = (mask is null ? values : values.Masked(mask.logical_not(), 0)).square();
        return Of(squares, mask, rowWeights).MoveToOuterDisposeScope();
    }
}
