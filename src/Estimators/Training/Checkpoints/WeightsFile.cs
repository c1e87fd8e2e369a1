using MLNet.Pretrain.Checkpoints;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Named tensors of a network or an optimizer, to a file and back to where they came from.</summary>
internal static class WeightsFile
{
    /// <summary>Everything in a network's state dictionary, shared parameters once each name.</summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Of(nn.Module network) => [.. network.state_dict().Select(t => KeyValuePair.Create(t.Key, t.Value))];

    public static void Save(string path, IReadOnlyList<KeyValuePair<string, Tensor>> tensors) => SafetensorsWriter.Write(path, tensors);

    /// <summary>Copies a file's values into tensors of the same names and shapes.</summary>
    /// <exception cref="InvalidDataException">Names or shapes differ.</exception>
    public static void Load(string path, IReadOnlyList<KeyValuePair<string, Tensor>> tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using var gradients = no_grad();
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!file.Entries.TryGetValue(name, out TensorEntry? entry))
                throw new InvalidDataException($"'{path}' has no tensor '{name}', which the network has; it is of another network. Name another CheckpointDirectory.");
            if (!entry.Shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException($"'{path}': tensor '{name}' is [{string.Join(", ", entry.Shape)}]; expected [{string.Join(", ", tensor.shape)}]. Name another CheckpointDirectory.");
            using Tensor value = file.Read(name).DetachFromDisposeScope();
            tensor.copy_(value);
        }
    }
}
