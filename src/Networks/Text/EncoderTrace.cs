using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>What <see cref="TextEncoder.Trace"/> kept of an encoder's run; the tensors are in the caller's dispose scope. Layers count from 0.</summary>
/// <param name="LastLayer">The encoder's last layer.</param>
/// <param name="Embeddings">[B, T, H], the first layer's input; null where it was not wanted.</param>
/// <param name="Hidden">[B, T, H] after each wanted layer and after the last one.</param>
/// <param name="Scores">[B, A, T, T] of each wanted layer: q k' / sqrt(H / A) before the softmax, query by key, with <see cref="Padding"/> at padded keys.</param>
/// <param name="Values">[B, A, T, H / A], the last layer's; null where they were not wanted.</param>
internal sealed record EncoderTrace(int LastLayer, Tensor? Embeddings, IReadOnlyDictionary<int, Tensor> Hidden, IReadOnlyDictionary<int, Tensor> Scores, Tensor? Values)
{
    /// <summary>The score of a padded key, BERT's own: the softmax makes 0 of it, or equal parts of a row that is all padding; 16-bit numbers hold it.</summary>
    public const double Padding = -10000;

    /// <summary>[B, T, H], what <see cref="TextEncoder.forward"/> gives.</summary>
    public Tensor Last => Hidden[LastLayer];
}
