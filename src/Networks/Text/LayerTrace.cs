using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A layer's output and what was kept of its attention.</summary>
/// <param name="Output">[B, T, H]</param>
/// <param name="Scores">[B, A, T, T] with <see cref="EncoderTrace.Padding"/> at padded keys; null where they were not wanted.</param>
/// <param name="Values">[B, A, T, H / A]; null where they were not wanted.</param>
internal readonly record struct LayerTrace(Tensor Output, Tensor? Scores, Tensor? Values)
{
    /// <summary>Moves the tensors to the outer dispose scope.</summary>
    public LayerTrace MoveToOuterDisposeScope()
    {
        Output.MoveToOuterDisposeScope();
        Scores?.MoveToOuterDisposeScope();
        Values?.MoveToOuterDisposeScope();
        return this;
    }
}
