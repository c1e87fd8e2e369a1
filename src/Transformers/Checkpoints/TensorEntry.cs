using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A tensor of a file, before it is read.</summary>
internal sealed record TensorEntry(string Name, ScalarType Type, long[] Shape)
{
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}

/// <summary>Named tensors of a file. Those read belong to the caller.</summary>
internal interface ITensorStore : IDisposable
{
    IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Copies a tensor out of the file: on the CPU, in the file's number format, in no dispose scope's care but the caller's.</summary>
    Tensor Read(string name);
}
