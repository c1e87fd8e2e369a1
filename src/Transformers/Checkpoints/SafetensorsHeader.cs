using System.Text.Json;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A safetensors header, checked against the file before a single tensor is touched.</summary>
internal sealed class SafetensorsHeader
{
    private readonly Dictionary<string, (TensorEntry Entry, long Start, long Bytes)> _tensors = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader()
    {
    }

    public IReadOnlyDictionary<string, (TensorEntry Entry, long Start, long Bytes)> Tensors => _tensors;

    /// <summary>Free text pairs; none where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Parses a header.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataBytes">Bytes after the header.</param>
    /// <exception cref="InvalidDataException">Anything in it does not fit the file.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlyMemory<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader();
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Invalid(path, "its header is not a JSON object");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name != SafetensorsFormat.MetadataKey) header.Add(path, property, dataBytes);
                else foreach (JsonProperty pair in property.Value.EnumerateObject()) header._metadata[pair.Name] = pair.Value.GetString() ?? "";
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Invalid(path, $"its header is not readable ({e.Message})", e);
        }
        header.CheckLayout(path, dataBytes);
        return header;
    }

    public static InvalidDataException Invalid(string path, string what, Exception? inner = null) =>
        new($"'{path}' is not a valid safetensors file: {what}. It was cut short, altered, or is another kind of file; copy or download it again.", inner);

    private void Add(string path, JsonProperty property, long dataBytes)
    {
        string name = property.Name;
        string? typeName = property.Value.GetProperty("dtype").GetString();
        if (!SafetensorsFormat.TryParse(typeName, out ScalarType type, out int itemBytes))
            throw Invalid(path, $"tensor '{name}' has dtype '{typeName}', expected one of {SafetensorsFormat.TypeNames}");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        long[] range = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64())];
        if (range.Length != 2 || range[0] < 0 || range[1] < range[0] || range[1] > dataBytes)
            throw Invalid(path, $"tensor '{name}' claims bytes [{string.Join(", ", range)}] of {dataBytes}");
        if (shape.Any(d => d < 0)) throw Invalid(path, $"tensor '{name}' has shape [{string.Join(", ", shape)}]");
        long bytes;
        try
        {
            bytes = shape.Aggregate((long)itemBytes, (product, d) => checked(product * d));
        }
        catch (OverflowException)
        {
            throw Invalid(path, $"tensor '{name}' has shape [{string.Join(", ", shape)}], more values than any file holds");
        }
        if (bytes != range[1] - range[0])
            throw Invalid(path, $"tensor '{name}' of shape [{string.Join(", ", shape)}] and dtype {typeName} needs {bytes} bytes but claims {range[1] - range[0]}");
        if (!_tensors.TryAdd(name, (new TensorEntry(name, type, shape), range[0], bytes)))
            throw Invalid(path, $"tensor '{name}' stands in the header twice");
    }

    private void CheckLayout(string path, long dataBytes)
    {
        long end = 0;
        foreach ((TensorEntry entry, long start, long bytes) in _tensors.Values.OrderBy(t => t.Start).ThenBy(t => t.Bytes))
        {
            if (start != end) throw Invalid(path, $"tensor '{entry.Name}' starts at byte {start} where the one before ends at {end}; they overlap or leave a hole");
            end = start + bytes;
        }
        if (end != dataBytes) throw Invalid(path, $"its tensors take {end} bytes but {dataBytes} follow the header");
    }
}
