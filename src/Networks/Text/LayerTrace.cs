using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A layer's output and what was kept of its attention.</summary>
/// <param name="Output">[B, T, H]</param>
/// <param name="Scores">[B, A, T, T] with <see cref="EncoderTrace.Padding"/> at padded keys; null where they were not wanted.</param>
/// <param name="Values">[B, A, T, H / A]; null where they were not wanted.</param>
internal readonly record struct LayerTrace(Tensor Output, Tensor? Scores, Tensor? Values)
{
    /// <summary>The tensors that there are, in their order.</summary>
    public IReadOnlyList<Tensor> Parts => [.. ((Tensor?[])[Output, Scores, Values]).OfType<Tensor>()];

    /// <summary>What has these <see cref="Parts"/>.</summary>
    /// <param name="parts">One to three tensors.</param>
    /// <param name="withScores">Whether the second one are scores.</param>
    public static LayerTrace Of(IReadOnlyList<Tensor> parts, bool withScores) => new(parts[0], withScores ? parts[1] : null, parts.ElementAtOrDefault(withScores ? 2 : 1));

    /// <summary>Moves the tensors to the outer dispose scope.</summary>
    public LayerTrace MoveToOuterDisposeScope()
    {
        Output.MoveToOuterDisposeScope();
        Scores?.MoveToOuterDisposeScope();
        Values?.MoveToOuterDisposeScope();
        return this;
    }
}
