using TorchSharp;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Encoders that begin as a part of their teacher (Sanh et al. 2019, section 3: "taking one layer out of two").</summary>
internal static class StudentEncoder
{
    /// <summary>A new encoder of some of a teacher's layers, with its embeddings and its pooler: same width, family, device and type.</summary>
    /// <param name="teacher">Not changed. Adapters in it are left where they are: their updates come along once they are merged.</param>
    /// <param name="layers">The layers to keep, from 0, as <see cref="LayerMap"/> gives them.</param>
    /// <returns>The caller's, with weights of its own that learn.</returns>
    /// <exception cref="ArgumentException">There is no layer, or one that the teacher does not have.</exception>
    public static TextEncoder Of(TextEncoder teacher, IReadOnlyList<int> layers)
    {
        var reduction = new EncoderReduction(teacher.Config, layers);
        using var unset = new UnsetWeights();
        var student = new TextEncoder(reduction.Config);
        student.to(teacher.WordEmbeddingWeight.device, teacher.WordEmbeddingWeight.dtype);
        reduction.Copy(student.named_parameters(), teacher.named_parameters());
        return student;
    }
}
