using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Distillation while pretraining (DistilBERT, Sanh et al. 2019): the teacher's distribution over words, the hidden words themselves, and the direction of the
/// hidden states. Losses are in 32 bits, and only the student gets gradients.
/// </summary>
internal static class DistilBertLoss
{
    /// <summary>The target of a position that has none.</summary>
    public const long Ignored = -100;

    /// <summary>The weighted sum of the three.</summary>
    /// <param name="soft">As <see cref="SoftWords"/> gives it; null = it does not count.</param>
    /// <param name="words">As <see cref="Words"/> gives it.</param>
    /// <param name="cosine">As <see cref="Cosine"/> gives it; null = it does not count.</param>
    /// <param name="weights">How much each counts.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Total(Tensor? soft, Tensor words, Tensor? cosine, DistilBertWeights weights)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor total = words.Times(weights.Words);
        if (soft is not null) total = total.Plus(soft.Times(weights.SoftWords));
        if (cosine is not null) total = total.Plus(cosine.Times(weights.Cosine));
        return total.MoveToOuterDisposeScope();
    }

    /// <summary>KL(teacher || student) T² of the words at chosen positions, their mean. The authors choose all real positions, or those of hidden words.</summary>
    /// <param name="student">[N, V] logits.</param>
    /// <param name="teacher">[N, V] logits.</param>
    /// <param name="temperature">T, above 0; the authors have 2.</param>
    /// <param name="counted">[N] bool, which of them count; null = all.</param>
    /// <returns>A scalar; 0 where none counts.</returns>
    public static Tensor SoftWords(Tensor student, Tensor teacher, double temperature, Tensor? counted = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor losses = SoftTargets.RowLosses(student, teacher, temperature);
        if (counted is not null) return MaskedMean.Of(losses, counted).MoveToOuterDisposeScope();
        return losses.sum().Over(Math.Max(1, student.shape[0])).MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy of the hidden words, their mean.</summary>
    /// <param name="student">[N, V] logits.</param>
    /// <param name="targets">[N] int64; <see cref="Ignored"/> where no word is hidden.</param>
    /// <returns>A scalar; 0 where no word is hidden.</returns>
    public static Tensor Words(Tensor student, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor sum = nn.functional.cross_entropy(student.to(float32), targets, ignore_index: Ignored, reduction: nn.Reduction.Sum);
        return sum.div(targets.Differs(Ignored).sum().AtLeast(1)).MoveToOuterDisposeScope();
    }

    /// <summary>1 - cosine of the hidden states of each real token, their mean.</summary>
    /// <param name="student">[B, T, H]</param>
    /// <param name="teacher">[B, T, H], of the same width.</param>
    /// <param name="attentionMask">[B, T], 1 or true = real; null where nothing is padded.</param>
    /// <returns>A scalar; 0 where no token is real.</returns>
    public static Tensor Cosine(Tensor student, Tensor teacher, Tensor? attentionMask)
    {
        Divergence.SameShape(student, teacher, "hidden states");
        using DisposeScope scope = NewDisposeScope();
        Tensor? real = attentionMask?.to(@bool);
        (Tensor own, Tensor theirs) = (student.to(float32), teacher.detach().to(float32));
        if (real is not null)
        {
            Tensor padded = real.logical_not().unsqueeze(-1);
            (own, theirs) = (own.Masked(padded, 0), theirs.Masked(padded, 0));
        }
        return MaskedMean.Of(nn.functional.cosine_similarity(own, theirs, -1).FromOne(), real).MoveToOuterDisposeScope();
    }
}
