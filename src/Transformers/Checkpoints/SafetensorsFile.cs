using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A safetensors file, memory-mapped: opening it reads the header alone.</summary>
internal sealed class SafetensorsFile : ITensorStore
{
    private readonly string _path;
    private readonly MemoryMappedFile _map;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(string path, MemoryMappedFile map, SafetensorsHeader header, long dataStart)
    {
        (_path, _map, _header, _dataStart) = (path, map, header, dataStart);
        Entries = header.Tensors.ToDictionary(t => t.Key, t => t.Value.Entry, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Free text pairs of whoever wrote it.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is cut short, altered or of another kind.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"Weights file '{path}' was not found; expected a safetensors file.", path);
        long length = new FileInfo(path).Length;
        if (length < SafetensorsFormat.PrefixBytes) throw SafetensorsHeader.Invalid(path, $"it has {length} bytes, fewer than the {SafetensorsFormat.PrefixBytes} of its prefix");
        MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            byte[] prefix = ReadBytes(map, 0, SafetensorsFormat.PrefixBytes);
            ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerBytes > SafetensorsFormat.MaxHeaderBytes || (long)headerBytes > length - SafetensorsFormat.PrefixBytes)
                throw SafetensorsHeader.Invalid(path, $"it claims a header of {headerBytes} bytes in a file of {length}");
            byte[] json = ReadBytes(map, SafetensorsFormat.PrefixBytes, (int)headerBytes);
            long dataStart = SafetensorsFormat.PrefixBytes + (long)headerBytes;
            return new SafetensorsFile(path, map, SafetensorsHeader.Parse(path, json, length - dataStart), dataStart);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    public Tensor Read(string name)
    {
        if (!_header.Tensors.TryGetValue(name, out var tensor))
            throw new KeyNotFoundException($"'{_path}' has no tensor '{name}'.");
        (TensorEntry entry, long start, long bytes) = tensor;
        Tensor result = empty(entry.Shape, entry.Type);
        if (bytes == 0) return result;
        using MemoryMappedViewStream view = _map.CreateViewStream(_dataStart + start, bytes, MemoryMappedFileAccess.Read);
        TensorBytes.ForEachChunk(result, view.ReadExactly);
        return result;
    }

    public void Dispose() => _map.Dispose();

    private static byte[] ReadBytes(MemoryMappedFile map, long offset, int count)
    {
        byte[] bytes = new byte[count];
        if (count == 0) return bytes;
        using MemoryMappedViewStream view = map.CreateViewStream(offset, count, MemoryMappedFileAccess.Read);
        view.ReadExactly(bytes);
        return bytes;
    }
}
