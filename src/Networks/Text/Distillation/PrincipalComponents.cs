using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The directions in which vectors differ most: what is kept of a teacher's vectors that are wider than a student's.</summary>
internal static class PrincipalComponents
{
    /// <summary>Eigenvectors of the covariance, computed in 64 bits, those of the largest eigenvalues first.</summary>
    /// <param name="blocks">[n, W] each, asked for once; disposed by this.</param>
    /// <param name="count">How many, at most W.</param>
    /// <returns>The components [count, W], float32, of length 1 and at right angles to each other, the largest entry of each positive; and all W eigenvalues, the largest first.</returns>
    /// <exception cref="ArgumentException">There are no vectors, or fewer than <paramref name="count"/> components.</exception>
    public static (Tensor Components, double[] Variances) Of(IEnumerable<Tensor> blocks, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor? sum, Tensor? products, long rows) = (null, null, 0);
        foreach (Tensor block in blocks)
        {
            using DisposeScope inner = NewDisposeScope();
            using Tensor given = block;
            Tensor values = given.to(float64), own = values.sum([0L]), square = matmul(values.t(), values);
            sum = (sum is null ? own : sum.add_(own, HeldScalars.One)).MoveToOuterDisposeScope();
            products = (products is null ? square : products.add_(square, HeldScalars.One)).MoveToOuterDisposeScope();
            rows += values.shape[0];
        }
        if (products is null || rows == 0) throw new ArgumentException("There are no vectors to find principal components of; expected one or more.", nameof(blocks));
        if (count < 1 || count > products.shape[0]) throw new ArgumentException($"{count} components of vectors of {products.shape[0]} numbers; expected 1 to {products.shape[0]}.", nameof(count));
        Tensor mean = sum!.Over(rows);
        (Tensor values64, Tensor vectors) = linalg.eigh(products.Over(rows).Minus(outer(mean, mean)));
        Tensor components = vectors.t().flip(0).narrow(0, 0, count);
        // Eigenvectors have no sign of their own; without one a resumed run could have another.
        Tensor largest = components.gather(1, components.abs().argmax(1, keepdim: true));
        return ((components * largest.sign()).to(float32).contiguous().MoveToOuterDisposeScope(), [.. values64.flip(0).cpu().data<double>()]);
    }
}
