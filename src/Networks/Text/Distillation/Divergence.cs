using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>How far a student's distributions are from a teacher's.</summary>
internal static class Divergence
{
    /// <summary>KL(softmax(teacher) || softmax(student)) along the last axis, in 32 bits; only the student gets gradients.</summary>
    /// <param name="student">[..., K]</param>
    /// <param name="teacher">[..., K]; negative infinity for what cannot be.</param>
    /// <returns>[...], 0 or more.</returns>
    public static Tensor Rows(Tensor student, Tensor teacher)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wanted = teacher.detach().to(float32).softmax(-1);
        // By probabilities, not their logarithms: what is impossible then adds 0.
        Tensor parts = nn.functional.kl_div(student.to(float32).log_softmax(-1), wanted, log_target: false, reduction: nn.Reduction.None);
        return parts.sum([-1L]).MoveToOuterDisposeScope();
    }

    /// <summary>Throws where the two do not belong together.</summary>
    public static void SameShape(Tensor student, Tensor teacher, string what)
    {
        if (!student.shape.SequenceEqual(teacher.shape))
            throw new ArgumentException($"The student's {what} have shape [{string.Join(", ", student.shape)}] and the teacher's [{string.Join(", ", teacher.shape)}]; expected one shape.");
    }
}
