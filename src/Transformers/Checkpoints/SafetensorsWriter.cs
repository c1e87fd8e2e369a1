using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Writes safetensors, one tensor in memory at a time.</summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes a file; an old one of that name is replaced only once the new one is complete.</summary>
    public static void Write(string path, IReadOnlyList<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Written from its present position; not closed.</param>
    /// <param name="tensors">In the order wanted; on any device.</param>
    /// <param name="metadata">Free text pairs.</param>
    public static void Write(Stream stream, IReadOnlyList<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        byte[] header = Header(tensors, metadata);
        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach ((_, Tensor tensor) in tensors)
        {
            using var scope = NewDisposeScope();
            TensorBytes.ForEachChunk(tensor.detach().cpu().contiguous(), bytes => stream.Write(bytes));
        }
    }

    private static byte[] Header(IReadOnlyList<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new JsonObject();
        if (metadata is not null)
            header[SafetensorsFormat.MetadataKey] = new JsonObject(metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)JsonValue.Create(m.Value))));
        long offset = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            (string type, int itemBytes) = SafetensorsFormat.Describe(tensor.dtype);
            long end = offset + tensor.numel() * itemBytes;
            header.Add(name, new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = new JsonArray([.. tensor.shape.Select(d => (JsonNode?)JsonValue.Create(d))]),
                ["data_offsets"] = new JsonArray(offset, end),
            });
            offset = end;
        }
        string json = header.ToJsonString();
        int bytes = Encoding.UTF8.GetByteCount(json);
        return Encoding.UTF8.GetBytes(json + new string(' ', (8 - bytes % 8) % 8));   // data aligned to 8 bytes, as the reference writes it
    }
}
