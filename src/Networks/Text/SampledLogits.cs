using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A few columns of an output layer over a large vocabulary.</summary>
internal static class SampledLogits
{
    /// <summary>Logits of one output of each row's own and of some that all rows share.</summary>
    /// <param name="layer">[V, H]</param>
    /// <param name="features">[N, H]</param>
    /// <param name="targets">[N] int64</param>
    /// <param name="candidates">[S] int64</param>
    /// <returns>[N, 1 + S]: the own one first.</returns>
    public static Tensor Of(Linear layer, Tensor features, Tensor targets, Tensor candidates)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor own = (layer.weight!.index_select(0, targets) * features).sum(1, keepdim: true);
        Tensor others = features.matmul(layer.weight!.index_select(0, candidates).t());
        if (layer.bias is not null) (own, others) = (own.Plus(layer.bias.index_select(0, targets).unsqueeze(1)), others.Plus(layer.bias.index_select(0, candidates)));
        return cat([own, others], 1).MoveToOuterDisposeScope();
    }
}
