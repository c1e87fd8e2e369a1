using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>How far a student's text vectors are from a teacher's, in 32 bits; only the student gets gradients.</summary>
internal static class VectorImitation
{
    /// <summary>The mean over components of the squared difference (Reimers and Gurevych 2020).</summary>
    /// <param name="student">[N, H]</param>
    /// <param name="teacher">[N, H]</param>
    /// <returns>[N]</returns>
    public static Tensor SquaredErrors(Tensor student, Tensor teacher)
    {
        Divergence.SameShape(student, teacher, "vectors");
        using DisposeScope scope = NewDisposeScope();
        return student.to(float32).Minus(teacher.detach().to(float32)).square().mean([1L]).MoveToOuterDisposeScope();
    }

    /// <summary>The cosine of each pair; 0 where one is all zeros.</summary>
    /// <param name="student">[N, H]</param>
    /// <param name="teacher">[N, H]</param>
    /// <returns>[N]</returns>
    public static Tensor Cosines(Tensor student, Tensor teacher)
    {
        Divergence.SameShape(student, teacher, "vectors");
        using DisposeScope scope = NewDisposeScope();
        return (Unit(student) * Unit(teacher.detach())).sum([1L]).MoveToOuterDisposeScope();
    }

    /// <summary>Vectors of length 1; zeros stay.</summary>
    public static Tensor Unit(Tensor vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor single = vectors.to(float32);
        return (single / single.norm(1, keepdim: true).AtLeast(1e-12)).MoveToOuterDisposeScope();
    }
}
