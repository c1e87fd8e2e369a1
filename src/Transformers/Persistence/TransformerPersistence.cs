using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Persistence;

/// <summary>
/// Puts a transformer's files into a model zip and takes them out again. Inside the zip they are what a checkpoint directory holds,
/// so that a saved pipeline can be unzipped and its encoder opened elsewhere.
/// </summary>
internal static class TransformerPersistence
{
    // *** Binary format of Model.key ***
    // 32 bytes: SHA-256 of the entry pretrain.json, which holds that of every other entry

    private const int CopyChunk = 1 << 16;

    public static void Save(ModelSaveContext ctx, IPersistentTransformer transformer)
    {
        ctx.CheckAtModel();
        using var folder = new TemporaryFolder();
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        transformer.SaveTo(folder.Path, settings);
        string[] files = Directory.GetFiles(folder.Path);
        var hashes = new SortedDictionary<string, string>(files.ToDictionary(f => Path.GetFileName(f), PretrainManifest.HashOf), StringComparer.Ordinal);
        byte[] manifest = new PretrainManifest { Kind = transformer.LoaderSignature, Settings = settings, Files = hashes }.ToJson();

        ctx.SetVersionInfo(Version(transformer.LoaderSignature));
        ctx.Writer.Write(SHA256.HashData(manifest));
        ctx.SaveBinaryStream(PretrainManifest.FileName, writer => writer.Write(manifest));
        foreach (string file in files)
            if (!StoredEntry.TryWrite(ctx, file)) ctx.SaveBinaryStream(Path.GetFileName(file), writer => Copy(file, writer));
    }

    /// <summary>Unpacks and checks the files, then has <paramref name="make"/> build the transformer from them.</summary>
    /// <exception cref="FormatException">An entry is missing, cut short or altered.</exception>
    public static T Load<T>(IHostEnvironment env, ModelLoadContext ctx, string loaderSignature, Func<string, IReadOnlyDictionary<string, string>, T> make)
    {
        ctx.CheckAtModel(Version(loaderSignature));
        byte[] expected = ctx.Reader.ReadBytes(SHA256.HashSizeInBytes);
        byte[] json = ReadManifest(ctx);
        if (!SHA256.HashData(json).AsSpan().SequenceEqual(expected)) throw Damaged(PretrainManifest.FileName, "its checksum does not match");
        PretrainManifest manifest = PretrainManifest.FromJson(json, loaderSignature);

        using var folder = new TemporaryFolder();
        foreach ((string name, string hash) in manifest.Files)
        {
            string target = Path.Combine(folder.Path, name);
            string? found = null;
            bool present = Guard(name, () => ctx.TryLoadBinaryStream(name, reader => found = Extract(reader.BaseStream, target)));
            if (!present) throw Damaged(name, "it is missing");
            if (found != hash) throw Damaged(name, "its checksum does not match");
        }
        return make(folder.Path, manifest.Settings).LoggingTo(env);
    }

    private static byte[] ReadManifest(ModelLoadContext ctx)
    {
        using var buffer = new MemoryStream();
        bool present = Guard(PretrainManifest.FileName, () => ctx.TryLoadBinaryStream(PretrainManifest.FileName, reader => reader.BaseStream.CopyTo(buffer)));
        return present ? buffer.ToArray() : throw Damaged(PretrainManifest.FileName, "it is missing");
    }

    private static string Extract(Stream from, string target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream? to = Take(from, target) ? null : File.Create(target);
        byte[] chunk = new byte[CopyChunk];
        for (int read; (read = from.Read(chunk)) > 0;)
        {
            hash.AppendData(chunk, 0, read);
            to?.Write(chunk, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // ML.NET has unpacked the entry into a temporary file, which it will delete and not read again: ours for the taking, where the system lets an open file be moved.
    private static bool Take(Stream unpacked, string target)
    {
        if (unpacked is not FileStream file) return false;
        try
        {
            File.Move(file.Name, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Copy(string file, BinaryWriter writer)
    {
        using FileStream from = File.OpenRead(file);
        byte[] chunk = new byte[CopyChunk];
        for (int read; (read = from.Read(chunk)) > 0;) writer.Write(chunk, 0, read);
    }

    private static bool Guard(string entry, Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(entry, $"it cannot be unpacked ({e.Message})", e);
        }
    }

    private static FormatException Damaged(string entry, string how, Exception? inner = null) =>
        new($"The saved model's entry '{entry}' is damaged: {how}. The file was cut short or altered; copy or save the model again.", inner);

    // The simple assembly name is written, so that a later version of this library may load the model.
    private static VersionInfo Version(string loaderSignature) => new(
        modelSignature: "PRETRAIN",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(TransformerPersistence).Assembly.GetName().Name!,
        loaderSignature: loaderSignature);
}
