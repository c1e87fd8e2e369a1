using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>
/// A <c>pytorch_model.bin</c>, zip or old format, read by an unpickler that knows tensors, containers, numbers and strings and nothing else:
/// no code in the file can run.
/// </summary>
internal sealed class TorchPickleFile : ITensorStore
{
    // The old format begins with this number, pickled.
    private static readonly BigInteger s_oldMagic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private readonly Dictionary<string, PickledTensor> _tensors;
    private readonly Func<PickledStorage, byte[]> _readStorage;
    private readonly IDisposable _file;
    private readonly string _path;

    private TorchPickleFile(string path, IDisposable file, object? root, Func<PickledStorage, byte[]> readStorage)
    {
        (_path, _file, _readStorage) = (path, file, readStorage);
        _tensors = StateDict(path, root);
        Entries = _tensors.ToDictionary(t => t.Key, t => new TensorEntry(t.Key, t.Value.Storage.Type, t.Value.Shape), StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens a file of either format.</summary>
    /// <exception cref="InvalidDataException">It is cut short, or holds anything but tensors, containers, numbers and strings.</exception>
    public static TorchPickleFile Open(string path)
    {
        FileStream file = File.OpenRead(path);
        try
        {
            int first = file.ReadByte(), second = file.ReadByte();
            file.Position = 0;
            return first == 'P' && second == 'K' ? OpenZip(path, file) : OpenOld(path, file);
        }
        // A crafted pickle can go wrong anywhere in the unpickler; what is not the system's doing is the file's.
        catch (Exception e) when (e is EndOfStreamException or not (InvalidDataException or IOException or OutOfMemoryException))
        {
            file.Dispose();
            throw Invalid(path, $"it is cut short or altered ({e.Message})", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public Tensor Read(string name)
    {
        PickledTensor tensor = _tensors[name];
        byte[] bytes = _readStorage(tensor.Storage);
        int itemBytes = SafetensorsFormat.Describe(tensor.Storage.Type).Bytes;
        if (bytes.LongLength < tensor.Storage.Items * itemBytes) throw Invalid(_path, $"storage '{tensor.Storage.Key}' has {bytes.LongLength} bytes, fewer than its {tensor.Storage.Items} items need");
        using var scope = NewDisposeScope();
        Tensor flat = empty([tensor.Storage.Items], tensor.Storage.Type);
        long at = 0;
        TensorBytes.ForEachChunk(flat, chunk =>
        {
            bytes.AsSpan((int)at, chunk.Length).CopyTo(chunk);
            at += chunk.Length;
        });
        return flat.as_strided(tensor.Shape, tensor.Strides, tensor.Offset).clone().DetachFromDisposeScope();
    }

    public void ReadInto(string name, Tensor target)
    {
        using Tensor read = Read(name);
        target.copy_(read);
    }

    public void Dispose() => _file.Dispose();

    public static InvalidDataException Invalid(string path, string what, Exception? inner = null) =>
        new($"'{path}' cannot be read as PyTorch weights: {what}. Only tensors, dictionaries, lists, numbers and strings are read; save the model as safetensors, or copy the file again.", inner);

    private static TorchPickleFile OpenZip(string path, FileStream file)
    {
        var zip = new ZipArchive(file, ZipArchiveMode.Read);
        ZipArchiveEntry pickle = zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw Invalid(path, "its zip has no data.pkl");
        string root = pickle.FullName[..^"data.pkl".Length];
        if (zip.GetEntry(root + "byteorder") is { } order && new StreamReader(order.Open()).ReadToEnd().Trim() != "little")
            throw Invalid(path, "its numbers are big-endian");
        using Stream stream = pickle.Open();
        object? state = new RestrictedUnpickler(path, stream).Load();
        return new TorchPickleFile(path, zip, state, storage =>
        {
            ZipArchiveEntry entry = zip.GetEntry($"{root}data/{storage.Key}") ?? throw Invalid(path, $"its zip has no storage '{storage.Key}'");
            using Stream data = entry.Open();
            byte[] bytes = new byte[entry.Length];
            data.ReadExactly(bytes);
            return bytes;
        });
    }

    // Magic number, protocol, system information, the object, the list of storage keys, then each storage: a count and its bytes.
    private static TorchPickleFile OpenOld(string path, FileStream file)
    {
        if (new RestrictedUnpickler(path, file).Load() is not BigInteger magic || magic != s_oldMagic)
            throw Invalid(path, "it starts with neither a zip nor PyTorch's magic number");
        new RestrictedUnpickler(path, file).Load();
        new RestrictedUnpickler(path, file).Load();
        object? state = new RestrictedUnpickler(path, file).Load();
        var keys = (List<object?>)(new RestrictedUnpickler(path, file).Load() ?? throw Invalid(path, "it lists no storages"));
        var types = Tensors(state).Select(t => t.Storage).DistinctBy(s => s.Key).ToDictionary(s => s.Key, s => s.Type);
        var places = new Dictionary<string, (long Start, long Bytes)>();
        byte[] prefix = new byte[8];
        foreach (string key in keys.Select(k => Convert.ToString(k, CultureInfo.InvariantCulture)!))
        {
            file.ReadExactly(prefix);
            long items = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            long bytes = checked(items * (types.TryGetValue(key, out ScalarType type) ? SafetensorsFormat.Describe(type).Bytes : throw Invalid(path, $"no tensor uses storage '{key}'")));
            if (items < 0 || bytes > file.Length - file.Position) throw Invalid(path, $"storage '{key}' claims {items} items, more than the file holds");
            places[key] = (file.Position, bytes);
            file.Position += bytes;
        }
        return new TorchPickleFile(path, file, state, storage =>
        {
            if (!places.TryGetValue(storage.Key, out var place)) throw Invalid(path, $"it has no storage '{storage.Key}'");
            byte[] bytes = new byte[place.Bytes];
            file.Position = place.Start;
            file.ReadExactly(bytes);
            return bytes;
        });
    }

    private static Dictionary<string, PickledTensor> StateDict(string path, object? root)
    {
        if (root is Dictionary<object, object?> wrapped && wrapped.TryGetValue("state_dict", out object? inner)) root = inner;
        if (root is not Dictionary<object, object?> state) throw Invalid(path, "its object is not a dictionary of tensors");
        var tensors = new Dictionary<string, PickledTensor>(StringComparer.Ordinal);
        foreach ((object key, object? value) in state)
            if (key is string name && value is PickledTensor tensor) tensors[name] = tensor;
        return tensors;
    }

    // Without recursion, and each container once: a crafted file may hold containers in themselves or a million deep.
    private static IEnumerable<PickledTensor> Tensors(object? root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([root]);
        while (open.TryPop(out object? value))
        {
            if (value is PickledTensor tensor) yield return tensor;
            IEnumerable<object?> inner = value switch
            {
                Dictionary<object, object?> dictionary => dictionary.Values,
                IEnumerable<object?> sequence => sequence,
                _ => [],
            };
            if (value is null || !seen.Add(value)) continue;
            foreach (object? item in inner) open.Push(item);
        }
    }
}
