using System.IO.Compression;
using System.Reflection;
using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Persistence;

/// <summary>
/// Weights of 32 bits as an entry of a model zip that is kept as it is. ML.NET deflates all entries: that takes a tenth off such weights, and most of the time
/// that saving and loading them take. Weights of fewer bits are wanted for their size and are deflated.
/// </summary>
internal static class StoredEntry
{
    // What is smaller is loaded in no time, however it is written.
    private const long Smallest = 1 << 20;

    // ML.NET leaves no choice of how its entries are written; without this field, in some later version, all of them are deflated.
    private static readonly FieldInfo? s_archive = typeof(RepositoryWriter).GetField("_archive", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>Writes a file as such an entry, if it is one to be kept as it is.</summary>
    /// <param name="ctx">Where to.</param>
    /// <param name="file">Whose name is the entry's.</param>
    /// <returns>False: it is to be written as all others are.</returns>
    public static bool TryWrite(ModelSaveContext ctx, string file)
    {
        if (!IsWanted(file) || s_archive?.GetValue(ctx.Repository) is not ZipArchive archive) return false;
        string path = Path.Combine(ctx.Directory ?? "", Path.GetFileName(file)).Replace(Path.AltDirectorySeparatorChar, Path.DirectorySeparatorChar);   // as ML.NET names its own
        using FileStream from = File.OpenRead(file);
        using Stream to = archive.CreateEntry(path, CompressionLevel.NoCompression).Open();
        from.CopyTo(to);
        return true;
    }

    private static bool IsWanted(string file)
    {
        if (Path.GetFileName(file) != CheckpointFiles.Safetensors || new FileInfo(file).Length < Smallest) return false;
        using SafetensorsFile weights = SafetensorsFile.Open(file);
        return weights.Entries.Values.All(entry => entry.Type == ScalarType.Float32);
    }
}
