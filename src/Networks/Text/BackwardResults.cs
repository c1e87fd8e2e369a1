using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Lets go of what a backward pass of our own was given and gives. On the processor libtorch calls it on the thread that asks for gradients, in whose dispose scope all of that dies. For an accelerator it has threads of
/// its own, without a scope: there it would live until the collector comes, which knows nothing of an accelerator's memory.
/// </summary>
internal static class BackwardResults
{
    // What the thread's last pass gave. libtorch has taken it by the time of the next one; until then, that pass' gradients stay, if there is none for good.
    [ThreadStatic]
    private static List<Tensor>? s_given;

    /// <summary>Takes results out of the pass' dispose scope, as its last deed.</summary>
    /// <param name="results">Gradients of the inputs, made in that scope; null where there is none.</param>
    /// <param name="gradients">Gradients of the outputs, which are not used any more.</param>
    /// <returns><paramref name="results"/></returns>
    public static List<Tensor> Give(List<Tensor> results, params IEnumerable<Tensor> gradients)
    {
        s_given?.ForEach(tensor => tensor.Dispose());
        s_given = null;
        long before = Scopeless;
        foreach (Tensor? result in results) result?.MoveToOuterDisposeScope();
        if (Scopeless == before) return results;
        s_given = [.. results.OfType<Tensor>()];
        foreach (Tensor gradient in gradients) gradient.Dispose();
        return results;
    }

    // Tensors that left a scope of this thread for none.
    private static long Scopeless => DisposeScopeManager.Statistics.TensorStatistics.DetachedFromScopeCount;
}
