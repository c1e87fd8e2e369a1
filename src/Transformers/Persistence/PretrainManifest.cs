using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.Pretrain.Persistence;

/// <summary>
/// <c>pretrain.json</c>: what kind of transformer the files beside it make, its columns and options, and the SHA-256 of each file,
/// because ML.NET checks no CRC when it reads a zip.
/// </summary>
internal sealed partial record PretrainManifest
{
    public const string FileName = "pretrain.json";
    private const int CurrentVersion = 1;

    public int FormatVersion { get; init; } = CurrentVersion;

    public required string Kind { get; init; }

    public required SortedDictionary<string, string> Settings { get; init; }

    /// <summary>File name to lower-case hexadecimal SHA-256.</summary>
    public required SortedDictionary<string, string> Files { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json.Default.PretrainManifest);

    public static PretrainManifest FromJson(byte[] json, string kind)
    {
        PretrainManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(json, Json.Default.PretrainManifest) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new FormatException($"The saved model's {FileName} is not readable ({e.Message}); the model was altered or cut short. Save it again.", e);
        }
        if (manifest.FormatVersion > CurrentVersion)
            throw new FormatException($"The saved model has format version {manifest.FormatVersion}; this library reads up to {CurrentVersion}. Update MLNet.Pretrain.");
        if (manifest.Kind != kind)
            throw new FormatException($"The saved model's {FileName} says '{manifest.Kind}'; expected '{kind}'. The model was altered; save it again.");
        foreach (string name in manifest.Files.Keys)
            if (name != Path.GetFileName(name) || name is "" or "." or "..")
                throw new FormatException($"The saved model names a file '{name}'; expected a plain file name. The model was altered; do not use it.");
        return manifest;
    }

    public static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // Made by the compiler: made while it runs, it would be a good part of loading a small model.
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
    [JsonSerializable(typeof(PretrainManifest))]
    private sealed partial class Json : JsonSerializerContext;
}
