using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Memory for the weights of a network, in blocks that several share: these come in large pages, where the system has them, and touching memory for the first
/// time costs more than all that is done to load a network. A block lives as long as any of the tensors that were taken from it.
/// </summary>
internal sealed class WeightMemory : IDisposable
{
    private const long BlockItems = 1 << 22;   // 16 MiB

    // 64 bytes, as libtorch aligns its own memory.
    private const long Alignment = 16;

    private Tensor? _block;
    private long _taken;

    /// <summary>A tensor of 32 bits on the CPU that nobody has set.</summary>
    public Tensor Take(long[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        if (count >= BlockItems)
        {
            using Tensor own = Block(count);
            return Piece(own, 0, count, shape);
        }
        if (_block is null || count > BlockItems - _taken)
        {
            _block?.Dispose();
            (_block, _taken) = (Block(BlockItems), 0);
        }
        long start = _taken;
        _taken = Math.Min(BlockItems, start + (count + Alignment - 1) / Alignment * Alignment);
        return Piece(_block, start, count, shape);
    }

    public void Dispose() => _block?.Dispose();

    // Not a view to autograd, for which changing one weight in place would be a change of all the others.
    private static Tensor Piece(Tensor block, long start, long count, long[] shape)
    {
        using Tensor flat = block.narrow(0, start, count), piece = flat.view(shape);
        return empty(0, float32, device: CPU).set_(piece);
    }

    private static Tensor Block(long items)
    {
        Tensor block = empty([items], float32, device: CPU).DetachFromDisposeScope();
        using Tensor first = block.narrow(0, 0, 1);
        LargePages.Ask(ref MemoryMarshal.GetReference(first.bytes), items * sizeof(float));
        return block;
    }
}
