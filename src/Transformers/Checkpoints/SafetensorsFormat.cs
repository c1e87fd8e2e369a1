using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>
/// The safetensors format: eight bytes with the header's length, a JSON header with each tensor's type, shape and byte range, then the bytes,
/// row-major and little-endian, without holes.
/// </summary>
internal static class SafetensorsFormat
{
    public const int PrefixBytes = 8;

    /// <summary>The reference implementation's limit.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private static readonly (string Name, ScalarType Type, int Bytes)[] s_types =
    [
        ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static string TypeNames => string.Join(", ", s_types.Select(t => t.Name));

    public static bool TryParse(string? name, out ScalarType type, out int bytes)
    {
        foreach ((string known, ScalarType candidate, int size) in s_types)
        {
            if (known != name) continue;
            (type, bytes) = (candidate, size);
            return true;
        }
        (type, bytes) = (default, 0);
        return false;
    }

    public static (string Name, int Bytes) Describe(ScalarType type)
    {
        foreach ((string name, ScalarType candidate, int size) in s_types)
            if (candidate == type) return (name, size);
        throw new ArgumentException($"Tensors of type {type} cannot be written as safetensors; expected one of {TypeNames}.");
    }
}
