using System.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Moves weights between a network and the weights file of a checkpoint directory, under the names of its family.</summary>
internal static class NamedWeights
{
    /// <summary>Copies a checkpoint's weights into parameters.</summary>
    /// <param name="directory">Path of the directory, for messages.</param>
    /// <param name="store">Its weights file.</param>
    /// <param name="names">The family's.</param>
    /// <param name="parameters">By their names in the network; all of them must be there.</param>
    /// <exception cref="InvalidDataException">Lists every tensor that is missing, unexpected or of another shape.</exception>
    public static void Load(string directory, ITensorStore store, ITensorNames names, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (TensorEntry entry in store.Entries.Values) entries[names.Normalise(entry.Name)] = entry;
        Check(directory, names, entries, parameters);

        using IDisposable _ = no_grad();
        foreach ((string name, Parameter parameter) in parameters)
        {
            using var scope = NewDisposeScope();
            string[] theirs = names.TheirsOf(name);
            Tensor whole = names.IsTransposed(name) ? parameter.t() : parameter.alias();
            long rows = whole.shape[0] / theirs.Length;
            for (int i = 0; i < theirs.Length; i++) store.ReadInto(entries[theirs[i]].Name, whole.narrow(0, i * rows, rows));
        }
    }

    /// <summary>Writes the weights file.</summary>
    public static void Save(string directory, ITensorNames names, IReadOnlyList<(string Name, Parameter Parameter)> parameters, WeightType weights)
    {
        ScalarType type = weights switch
        {
            WeightType.Float16 => ScalarType.Float16,
            WeightType.BFloat16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        var tensors = new List<KeyValuePair<string, Tensor>>();
        foreach ((string name, Parameter parameter) in parameters)
        {
            string[] theirs = names.TheirsOf(name);
            Tensor whole = names.IsTransposed(name) ? parameter.t() : parameter;
            Tensor[] parts = theirs.Length == 1 ? [whole] : whole.chunk(theirs.Length, 0);
            for (int i = 0; i < parts.Length; i++) tensors.Add(KeyValuePair.Create(names.WithPrefix(name, theirs[i]), parts[i].to(type)));
        }
        SafetensorsWriter.Write(Path.Combine(directory, CheckpointFiles.Safetensors), tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>The parameters of one network by name.</summary>
    public static IReadOnlyList<(string Name, Parameter Parameter)> Of(nn.Module network) => [.. network.named_parameters().Select(p => (p.name, p.parameter))];

    private static void Check(string directory, ITensorNames names, Dictionary<string, TensorEntry> entries, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        var problems = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, Parameter parameter) in parameters)
        {
            string[] theirs = names.TheirsOf(name);
            long[] shape = names.IsTransposed(name) ? [.. parameter.shape.Reverse()] : parameter.shape;
            long[] expected = [shape[0] / theirs.Length, .. shape[1..]];
            foreach (string their in theirs)
            {
                used.Add(their);
                if (!entries.TryGetValue(their, out TensorEntry? entry)) problems.Add($"missing: {their} [{string.Join(", ", expected)}]");
                else if (!entry.Shape.SequenceEqual(expected)) problems.Add($"another shape: {entry.Name} is {entry.ShapeText}, expected [{string.Join(", ", expected)}]");
            }
        }
        problems.AddRange(entries.Where(e => !used.Contains(e.Key) && !names.IsIgnored(e.Key)).Select(e => $"unexpected: {e.Value.Name} {e.Value.ShapeText}"));
        if (problems.Count == 0) return;
        var message = new StringBuilder($"The weights in '{directory}' do not fit its {ConfigFile.Name}: {problems.Count} tensors differ. They belong to another model or another configuration.");
        foreach (string problem in problems.Order(StringComparer.Ordinal)) message.Append("\n  ").Append(problem);
        throw new InvalidDataException(message.ToString());
    }
}
