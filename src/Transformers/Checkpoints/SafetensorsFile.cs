using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>
/// A safetensors file: opening it reads the header alone, and tensors are read from the system's cache straight into the memory where they are wanted. A mapping
/// would copy as much, since weights outlive the file, and take a page fault every few pages.
/// </summary>
internal sealed class SafetensorsFile : ITensorStore
{
    // A part of a tensor that is not copied as it is: in the processor's cache, and below what libtorch divides among threads, which would wait for each other longer than they work.
    private const long PartItems = 1 << 14;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(string path, SafeFileHandle file, SafetensorsHeader header, long dataStart)
    {
        (_path, _file, _header, _dataStart) = (path, file, header, dataStart);
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
        SafeFileHandle file = File.OpenHandle(path);
        try
        {
            long length = RandomAccess.GetLength(file);
            if (length < SafetensorsFormat.PrefixBytes) throw SafetensorsHeader.Invalid(path, $"it has {length} bytes, fewer than the {SafetensorsFormat.PrefixBytes} of its prefix");
            byte[] prefix = new byte[SafetensorsFormat.PrefixBytes];
            Fill(path, file, prefix, 0);
            ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerBytes > SafetensorsFormat.MaxHeaderBytes || (long)headerBytes > length - SafetensorsFormat.PrefixBytes)
                throw SafetensorsHeader.Invalid(path, $"it claims a header of {headerBytes} bytes in a file of {length}");
            byte[] json = new byte[(int)headerBytes];
            Fill(path, file, json, SafetensorsFormat.PrefixBytes);
            long dataStart = SafetensorsFormat.PrefixBytes + (long)headerBytes;
            return new SafetensorsFile(path, file, SafetensorsHeader.Parse(path, json, length - dataStart), dataStart);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public Tensor Read(string name)
    {
        TensorEntry entry = Find(name).Entry;
        Tensor result = empty(entry.Shape, entry.Type);
        ReadItems(name, 0, result);
        return result;
    }

    public void ReadInto(string name, Tensor target)
    {
        bool same = target.dtype == Find(name).Entry.Type && target.device_type == DeviceType.CPU && target.is_contiguous();
        if (same) ReadItems(name, 0, target);
        else ForEachPart(name, (row, part) =>
        {
            using Tensor rows = target.dim() == 0 ? target.view(1) : target.narrow(0, row, part.shape[0]);
            rows.copy_(part);
        });
    }

    /// <summary>Reads a tensor a few rows at a time.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="use">Is told the first row, and given those read: of the file's format, on the CPU, gone when it returns. A number is a row.</param>
    public void ForEachPart(string name, Action<long, Tensor> use)
    {
        TensorEntry entry = Find(name).Entry;
        if (entry.Items == 0) return;
        using DisposeScope scope = NewDisposeScope();
        long[] shape = entry.Shape is [] ? [1] : entry.Shape;
        long rows = shape[0], rowItems = entry.Items / rows, atOnce = Math.Clamp(PartItems / rowItems, 1, rows);
        Tensor some = empty([atOnce, .. shape[1..]], entry.Type);
        for (long row = 0; row < rows; row += atOnce)
        {
            using Tensor part = some.narrow(0, 0, Math.Min(atOnce, rows - row));
            ReadItems(name, row * rowItems, part);
            use(row, part);
        }
    }

    public void Dispose() => _file.Dispose();

    // As many items as the tensor has, which is of the file's format, contiguous and on the CPU.
    private void ReadItems(string name, long first, Tensor target)
    {
        (TensorEntry entry, long start, _) = Find(name);
        long at = _dataStart + start + first * SafetensorsFormat.Describe(entry.Type).Bytes;
        TensorBytes.ForEachChunk(target, bytes =>
        {
            Fill(_path, _file, bytes, at);
            at += bytes.Length;
        });
    }

    private (TensorEntry Entry, long Start, long Bytes) Find(string name) =>
        _header.Tensors.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"'{_path}' has no tensor '{name}'.");

    private static void Fill(string path, SafeFileHandle file, Span<byte> bytes, long at)
    {
        for (int read; bytes.Length > 0; bytes = bytes[read..], at += read)
        {
            read = RandomAccess.Read(file, bytes, at);
            if (read == 0) throw SafetensorsHeader.Invalid(path, $"it ends at byte {at} while it is read");
        }
    }
}
