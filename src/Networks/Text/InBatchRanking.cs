using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Each first text must find its second one among all second texts of the batch: cross-entropy over similarities, with the others as negatives
/// (Henderson et al. 2017, "multiple negatives ranking"; van den Oord et al. 2018, InfoNCE).
/// </summary>
internal static class InBatchRanking
{
    /// <summary>Similarities over the temperature.</summary>
    /// <param name="first">[B, H]; of length 1 where similarity is the cosine.</param>
    /// <param name="candidates">[C, H]: first the B second texts in the same order, then any more negatives.</param>
    /// <param name="excluded">[B, C], true where a candidate is no wrong answer to a row; null = nowhere. Never a row's own.</param>
    /// <param name="temperature">Above 0; the lower, the more the nearest negatives count.</param>
    /// <returns>[B, C]</returns>
    public static Tensor Scores(Tensor first, Tensor candidates, Tensor? excluded, double temperature)
    {
        Tensor scores = matmul(first, candidates.t()).Over(temperature);
        return excluded is null ? scores : scores.Masked(excluded, float.NegativeInfinity);
    }

    /// <summary>The loss of each row.</summary>
    /// <param name="scores">[B, C] as <see cref="Scores"/> gives them.</param>
    /// <param name="symmetric">Whether second texts must find their first ones as well; the loss is then the mean of both (Radford et al. 2021). Negatives beyond the B second texts have no part in that.</param>
    /// <returns>[B]</returns>
    public static Tensor RowLosses(Tensor scores, bool symmetric)
    {
        Tensor own = HeldScalars.Range(0, scores.shape[0], scores.device);
        Tensor forward = nn.functional.cross_entropy(scores, own, reduction: nn.Reduction.None);
        if (!symmetric) return forward;
        Tensor back = nn.functional.cross_entropy(scores.narrow(1, 0, scores.shape[0]).t(), own, reduction: nn.Reduction.None);
        return forward.Plus(back).Over(2);
    }

    /// <summary>The place of each row's own candidate, 1 = before all others; one as near as it counts as nearer.</summary>
    /// <param name="scores">[B, C]</param>
    /// <returns>[B] int64</returns>
    public static Tensor Ranks(Tensor scores) => scores.ge(scores.diagonal().unsqueeze(1)).sum(1);
}
