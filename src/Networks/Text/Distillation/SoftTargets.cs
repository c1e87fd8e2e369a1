using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A student learns the teacher's whole distribution, softened by a temperature, beside the hard labels (Hinton et al. 2015). Losses are in 32 bits, and only
/// the student gets gradients.
/// </summary>
internal static class SoftTargets
{
    /// <summary>KL(softmax(teacher / T) || softmax(student / T)) T² of each row: the square keeps the gradients' size whatever the temperature.</summary>
    /// <param name="student">[N, K] logits.</param>
    /// <param name="teacher">[N, K] logits, or logarithms of probabilities; negative infinity = probability 0.</param>
    /// <param name="temperature">T, above 0; the higher, the more the unlikely classes count.</param>
    /// <returns>[N]</returns>
    public static Tensor RowLosses(Tensor student, Tensor teacher, double temperature)
    {
        Check(student, teacher, temperature);
        using DisposeScope scope = NewDisposeScope();
        return Divergence.Rows(student.to(float32).Over(temperature), teacher.to(float32).Over(temperature)).Times(temperature * temperature).MoveToOuterDisposeScope();
    }

    /// <summary>alpha soft + (1 - alpha) hard, the mean over the rows. A row without label has its soft part alone.</summary>
    /// <param name="soft">[N], losses against the teacher.</param>
    /// <param name="hard">[N], losses against the labels; null = no row has one.</param>
    /// <param name="alpha">In [0, 1].</param>
    /// <param name="labelled">[N] bool, which rows have a label; what hard losses the others have does not matter. Null = all.</param>
    /// <param name="weights">[N], how often each row counts; null = once.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Mix(Tensor soft, Tensor? hard, double alpha, Tensor? labelled = null, Tensor? weights = null)
    {
        if (alpha is not (>= 0 and <= 1)) throw new ArgumentException(FormattableString.Invariant($"alpha is {alpha}; expected a value in [0, 1]."), nameof(alpha));
        using DisposeScope scope = NewDisposeScope();
        Tensor losses = soft.to(float32).Times(alpha);
        if (hard is not null)
        {
            Tensor known = hard.to(float32);
            if (labelled is not null) known = known.Masked(labelled.logical_not(), 0);
            losses = losses.Plus(known.Times(1 - alpha));
        }
        if (weights is not null) losses *= weights.to(float32);
        return losses.mean().MoveToOuterDisposeScope();
    }

    internal static void Check(Tensor student, Tensor teacher, double temperature)
    {
        Divergence.SameShape(student, teacher, "logits");
        if (!(temperature > 0) || double.IsInfinity(temperature)) throw new ArgumentException(FormattableString.Invariant($"temperature is {temperature}; expected a number above 0."), nameof(temperature));
    }
}
