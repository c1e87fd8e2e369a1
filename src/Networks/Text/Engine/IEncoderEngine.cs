using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>How an encoder's layers are computed while no gradients are wanted. May be used by several threads at once.</summary>
internal interface IEncoderEngine : IDisposable
{
    /// <summary>What it is, for logs: "packed, bfloat16".</summary>
    string Description { get; }

    /// <summary>The hidden states after the last layer. Parameters as <see cref="TextEncoder.forward"/>.</summary>
    /// <returns>[B, T, H]; what stands where a row is padded means nothing.</returns>
    Tensor Last(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds);

    /// <summary>The hidden states of every depth, as <see cref="TextEncoder.HiddenStates"/> gives them.</summary>
    IReadOnlyList<Tensor> All(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds);
}
