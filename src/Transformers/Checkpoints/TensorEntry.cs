using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A tensor of a file, before it is read.</summary>
internal sealed record TensorEntry(string Name, ScalarType Type, long[] Shape)
{
    /// <summary>Numbers in it.</summary>
    public long Items => Shape.Aggregate(1L, (product, size) => product * size);

    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}

/// <summary>Named tensors of a file. Those read belong to the caller.</summary>
internal interface ITensorStore : IDisposable
{
    IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Copies a tensor out of the file: on the CPU, in the file's number format, in no dispose scope's care but the caller's.</summary>
    Tensor Read(string name);

    /// <summary>Copies a tensor of the file into one of its shape: converted where that has another number format. Gradients must be off.</summary>
    void ReadInto(string name, Tensor target);
}
