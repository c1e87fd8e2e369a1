using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>The modules themselves, by TorchSharp: the reference, on every device.</summary>
/// <param name="encoder">Whose modules.</param>
internal sealed class PlainEncoderEngine(TextEncoder encoder) : IEncoderEngine
{
    public string Description => "plain";

    public Tensor Last(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds) => encoder.RunModules(inputIds, attentionMask, tokenTypeIds);

    public IReadOnlyList<Tensor> All(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds) => encoder.RunModulesAtAllDepths(inputIds, attentionMask, tokenTypeIds);

    public void Dispose()
    {
    }
}
