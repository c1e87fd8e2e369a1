using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A network over texts that can also be entered behind its embeddings: what gradients with respect to them need.</summary>
internal interface IEmbeddedTextNetwork : IDisposable
{
    /// <summary>What the first layer reads of rows without padding: the words' vectors, with positions and token types where the network has them.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="placeIds">[B, T] int64: the ids that tell where real tokens stand, whatever words take their places.</param>
    /// <param name="tokenTypeIds">[B, T] int64; null for all 0.</param>
    /// <returns>[B, T, D]</returns>
    Tensor Embed(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds);

    /// <summary>The outputs, as the network's forward pass gives them for ids.</summary>
    /// <param name="embeddings">[B, T, D]</param>
    /// <returns>[B, K]</returns>
    Tensor FromEmbeddings(Tensor embeddings);

    /// <summary>A copy with weights of its own in 32 bits, where this one's are.</summary>
    IEmbeddedTextNetwork CopyInFloat32();
}
