using TorchSharp;
using static MLNet.Pretrain.Networks.HeldScalars;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>libtorch's multi-tensor operators, which TorchSharp does not wrap, reached through TorchScript: one native call for all parameters.</summary>
internal static class FusedKernels
{
    private const string Script = """
        def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], s: List[Tensor], lr: float, beta1: float, beta2: float, decay: float, eps: float) -> int:
            torch._foreach_add_(s, 1)
            torch._fused_adamw_(p, g, m, v, [], s, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
            return 0

        def copy(to: List[Tensor], source: List[Tensor]) -> int:
            torch._foreach_copy_(to, source)
            return 0

        def norms(g: List[Tensor]) -> Tensor:
            return torch.stack(torch._foreach_norm(g))

        def scale(g: List[Tensor], factor: float) -> int:
            torch._foreach_mul_(g, factor)
            return 0
        """;

    private static readonly Lazy<jit.CompilationUnit?> s_unit = new(Compile);

    /// <summary>Whether this libtorch has the operators.</summary>
    public static bool Available => s_unit.Value is not null;

    /// <summary>One AdamW step of all parameters, in place; the step counters are raised first.</summary>
    public static void AdamW(Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, Tensor[] steps, double learningRate, double beta1, double beta2, double decay, double epsilon)
    {
        using Scalar rate = Of(learningRate), first = Of(beta1), second = Of(beta2), shrink = Of(decay), guard = Of(epsilon);
        s_unit.Value!.invoke("adamw", parameters, gradients, means, squares, steps, rate, first, second, shrink, guard);
    }

    /// <summary>Copies each tensor of <paramref name="from"/> to that of <paramref name="to"/> at its place, which may be of another type.</summary>
    public static void Copy(Tensor[] to, Tensor[] from) => s_unit.Value!.invoke("copy", to, from);

    /// <summary>The Euclidean norm of each tensor, [N].</summary>
    public static Tensor Norms(Tensor[] tensors) => (Tensor)s_unit.Value!.invoke("norms", [tensors]);

    /// <summary>Multiplies all tensors in place.</summary>
    public static void Scale(Tensor[] tensors, double factor)
    {
        using Scalar held = Of(factor);
        s_unit.Value!.invoke("scale", tensors, held);
    }

    private static jit.CompilationUnit? Compile()
    {
        try
        {
            return jit.compile(Script + "\n");   // TorchScript wants a newline at the end
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or EntryPointNotFoundException)
        {

            return null;   // another libtorch: AdamW falls back to plain operators
        }
    }
}
