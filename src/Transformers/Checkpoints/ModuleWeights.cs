using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>The parameters of a network of our own as a safetensors file, under their names in the network.</summary>
internal static class ModuleWeights
{
    public const string FileName = "model.safetensors";

    public static void Save(string path, nn.Module network, WeightType weights)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType type = weights switch { WeightType.Float16 => ScalarType.Float16, WeightType.BFloat16 => ScalarType.BFloat16, _ => ScalarType.Float32 };
        SafetensorsWriter.Write(path, [.. network.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter.detach().to(type)))]);
    }

    /// <summary>Makes a network and copies a file's weights into it.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="make">Makes the network, which draws no weights of its own.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unexpected or of another shape; all of them are listed.</exception>
    public static TNetwork Load<TNetwork>(string path, Func<TNetwork> make) where TNetwork : nn.Module
    {
        TorchRuntime.EnsureLoaded();
        using var unset = new UnsetWeights();
        TNetwork network = make();
        try
        {
            Load(path, network);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Copies a file's weights into a network.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unexpected or of another shape; all of them are listed.</exception>
    public static void Load(string path, nn.Module network)
    {
        using ITensorStore file = Int8Store.Open(path);
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        string[] problems =
        [
            .. parameters.Keys.Where(name => !file.Entries.ContainsKey(name)).Select(name => $"missing {name}"),
            .. file.Entries.Keys.Where(name => !parameters.ContainsKey(name)).Select(name => $"unexpected {name}"),
            .. parameters.Where(p => file.Entries.TryGetValue(p.Key, out TensorEntry? entry) && !entry.Shape.SequenceEqual(p.Value.shape))
                .Select(p => $"{p.Key} is [{string.Join(", ", file.Entries[p.Key].Shape)}], expected [{string.Join(", ", p.Value.shape)}]"),
        ];
        if (problems.Length > 0) throw new InvalidDataException($"'{path}' does not fit the network: {string.Join("; ", problems)}. It was altered or belongs to another model.");
        using IDisposable _ = no_grad();
        foreach ((string name, var parameter) in parameters)
        {
            using DisposeScope scope = NewDisposeScope();
            file.ReadInto(name, parameter);
        }
    }
}
