using MLNet.Pretrain.Networks;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Log-odds of one class against all others: what the softmax leaves of logits, to which any number may be added.</summary>
internal static class LogOdds
{
    /// <param name="logits">[B, K], two classes or more.</param>
    /// <param name="index">The class.</param>
    /// <returns>[B]</returns>
    public static Tensor Of(Tensor logits, int index)
    {
        Tensor others = cat([logits.narrow(1, 0, index), logits.narrow(1, index + 1, logits.shape[1] - index - 1)], 1);
        return logits.select(1, index).Minus(others.logsumexp(1));
    }
}
