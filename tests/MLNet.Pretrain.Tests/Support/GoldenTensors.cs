using System.Text.Json;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Reads golden safetensors without the product's own reader, so that a fault there cannot hide itself.</summary>
internal static class GoldenTensors
{
    public static Dictionary<string, Tensor> Read(string relative)
    {
        byte[] file = File.ReadAllBytes(Golden.Path(relative));
        int headerLength = (int)BitConverter.ToUInt64(file);
        var tensors = new Dictionary<string, Tensor>();
        foreach (JsonProperty entry in JsonDocument.Parse(file.AsMemory(8, headerLength)).RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            int start = 8 + headerLength + entry.Value.GetProperty("data_offsets")[0].GetInt32();
            int end = 8 + headerLength + entry.Value.GetProperty("data_offsets")[1].GetInt32();
            ScalarType type = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => ScalarType.Float32,
                "F64" => ScalarType.Float64,
                "I64" => ScalarType.Int64,
                "U8" => ScalarType.Byte,
                var other => throw new InvalidDataException($"Golden dtype {other} is not expected."),
            };
            Tensor tensor = empty(shape, type);
            file.AsSpan(start..end).CopyTo(tensor.bytes);
            tensors[entry.Name] = tensor;
        }
        return tensors;
    }
}
