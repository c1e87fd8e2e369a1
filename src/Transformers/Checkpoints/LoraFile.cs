using System.Globalization;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Adapters of an encoder as one small safetensors file: their weights by name, and in its metadata how they were made.</summary>
internal static class LoraFile
{
    private const string Rank = "rank", Alpha = "alpha", Targets = "targets";

    public static void Save(string path, LoraAdapters adapters)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            path,
            [.. adapters.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter.detach().to(float32)))],
            new Dictionary<string, string>
            {
                [Rank] = adapters.Options.Rank.ToString(CultureInfo.InvariantCulture),
                [Alpha] = adapters.Options.Alpha.ToString("R", CultureInfo.InvariantCulture),
                [Targets] = adapters.Options.Targets.ToString(),
            });
    }

    /// <summary>Throws where the file could not be written.</summary>
    /// <exception cref="IOException">Says why.</exception>
    public static void Probe(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder; expected a file for the adapters.");
        AtomicFile.Write(path + ".probe", _ => { });
        File.Delete(path + ".probe");
    }

    /// <summary>Adds a file's adapters to an encoder's weights.</summary>
    /// <exception cref="InvalidDataException">The file is not one of adapters, or of adapters of another shape of encoder.</exception>
    public static void MergeInto(TextEncoder encoder, string path)
    {
        using var adapters = new LoraAdapters(encoder, ReadOptions(path));
        ModuleWeights.Load(path, adapters);
        adapters.Merge();
    }

    private static LoraOptions ReadOptions(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.TryGetValue(Rank, out string? rank) && int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out int r)
            && file.Metadata.TryGetValue(Alpha, out string? alpha) && double.TryParse(alpha, NumberStyles.Float, CultureInfo.InvariantCulture, out double a)
            && file.Metadata.TryGetValue(Targets, out string? targets) && Enum.TryParse(targets, out LoraTargets t))
        {
            var options = new LoraOptions { Rank = r, Alpha = a, Targets = t };
            try
            {
                options.Validate();
                return options;
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"'{path}' says of its adapters: {e.Message} It was altered.", e);
            }
        }
        throw new InvalidDataException($"'{path}' does not say rank, alpha and targets in its metadata; expected a file of adapters that a fine-tuning wrote (LoraFile).");
    }
}
