using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Encoders that begin as a part of their teacher (Sanh et al. 2019, section 3: "taking one layer out of two").</summary>
internal static class StudentEncoder
{
    private const string Layers = "layers.";

    /// <summary>A new encoder of some of a teacher's layers, with its embeddings and its pooler: same width, family, device and type.</summary>
    /// <param name="teacher">Not changed. Adapters in it are left where they are: their updates come along once they are merged.</param>
    /// <param name="layers">The layers to keep, from 0, as <see cref="LayerMap"/> gives them.</param>
    /// <returns>The caller's, with weights of its own that learn.</returns>
    /// <exception cref="ArgumentException">There is no layer, or one that the teacher does not have.</exception>
    public static TextEncoder Of(TextEncoder teacher, IReadOnlyList<int> layers)
    {
        int count = teacher.Config.LayerCount;
        if (layers.Count == 0 || layers.Any(layer => layer < 0 || layer >= count))
            throw new ArgumentException($"layers is [{string.Join(", ", layers)}]; expected one or more layers of the teacher, in [0, {count}).", nameof(layers));
        var student = new TextEncoder(teacher.Config with { LayerCount = layers.Count });
        student.to(teacher.WordEmbeddingWeight.device, teacher.WordEmbeddingWeight.dtype);
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Parameter> theirs = teacher.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Parameter parameter) in student.named_parameters()) parameter.copy_(theirs[NameIn(layers, name)]);
        return student;
    }

    // layers.1.norm.weight of the student is layers.3.norm.weight of the teacher.
    private static string NameIn(IReadOnlyList<int> layers, string name)
    {
        if (!name.StartsWith(Layers, StringComparison.Ordinal)) return name;
        string[] parts = name.Split('.', 3);
        return FormattableString.Invariant($"{Layers}{layers[int.Parse(parts[1], CultureInfo.InvariantCulture)]}.{parts[2]}");
    }
}
