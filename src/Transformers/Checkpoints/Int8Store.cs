using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>
/// A safetensors file whose matrices are of 8 bits, read as if they were of 32: <c>name</c> holds whole numbers, <c>name.scale</c> what each row of them is multiplied by,
/// and the metadata say so. Any reader of safetensors can open it.
/// </summary>
internal sealed class Int8Store : ITensorStore
{
    private const string Storage = "mlnet_pretrain.storage", Kind = "int8 rows", Scale = ".scale";

    private readonly SafetensorsFile _file;

    private Int8Store(SafetensorsFile file, string path)
    {
        _file = file;
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach ((string name, TensorEntry entry) in file.Entries)
        {
            if (name.EndsWith(Scale, StringComparison.Ordinal) && file.Entries.ContainsKey(name[..^Scale.Length])) continue;
            entries[name] = entry.Type == ScalarType.Int8 ? entry with { Type = ScalarType.Float32 } : entry;
            if (entry.Type != ScalarType.Int8) continue;
            if (entry.Shape.Length != 2) throw SafetensorsHeader.Invalid(path, $"tensor '{name}' of 8 bits has shape {entry.ShapeText}, expected a matrix");
            if (!file.Entries.TryGetValue(name + Scale, out TensorEntry? scales) || scales.Type != ScalarType.Float32 || !scales.Shape.SequenceEqual([entry.Shape[0]]))
                throw SafetensorsHeader.Invalid(path, $"tensor '{name}' of 8 bits has {(scales is null ? "no" : $"a {scales.Type} {scales.ShapeText}")} '{name}{Scale}', expected Float32 [{entry.Shape[0]}]");
        }
        Entries = entries;
    }

    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens a file, whether its matrices are of 8 bits or not.</summary>
    public static ITensorStore Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return file.Metadata.GetValueOrDefault(Storage) == Kind ? new Int8Store(file, path) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Replaces a file by one whose matrices are of 8 bits.</summary>
    /// <exception cref="InvalidOperationException">A matrix has values that are not finite.</exception>
    public static void Shrink(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        var tensors = new List<KeyValuePair<string, Tensor>>();
        Dictionary<string, string> metadata;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            metadata = new(file.Metadata) { [Storage] = Kind };
            foreach ((string name, TensorEntry entry) in file.Entries)
            {
                Tensor whole = file.Read(name);
                if (!IsRounded(entry.Shape))
                {
                    tensors.Add(new(name, whole));
                    continue;
                }
                (Tensor values, Tensor scales) = Int8Rows.Quantize(name, whole);
                whole.Dispose();
                tensors.AddRange([new(name, values), new(name + Scale, scales)]);
            }
        }
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Whether a tensor of this shape is kept in 8 bits.</summary>
    public static bool IsRounded(IReadOnlyList<long> shape) => shape.Count == 2;

    public Tensor Read(string name)
    {
        if (_file.Entries[name].Type != ScalarType.Int8) return _file.Read(name);
        using Tensor values = _file.Read(name), scales = _file.Read(name + Scale);
        return Int8Rows.Dequantize(values, scales);
    }

    public void ReadInto(string name, Tensor target)
    {
        TensorEntry entry = _file.Entries[name];
        if (entry.Type != ScalarType.Int8)
        {
            _file.ReadInto(name, target);
            return;
        }
        if (target.dtype != ScalarType.Float32)
        {
            using Tensor read = Read(name);
            target.copy_(read);
            return;
        }
        using Tensor scales = _file.Read(name + Scale), placed = scales.to(target.device), factors = placed.unsqueeze(1);
        _file.ForEachPart(name, (row, part) =>
        {
            using Tensor rows = target.narrow(0, row, part.shape[0]), own = factors.narrow(0, row, part.shape[0]);
            rows.copy_(part).mul_(own);
        });
    }

    public void Dispose() => _file.Dispose();
}
