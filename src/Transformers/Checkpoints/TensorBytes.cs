using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A CPU tensor's memory in pieces that fit a span, so that nothing assumes tensors under 2 GB.</summary>
internal static class TensorBytes
{
    private const long ChunkItems = 1 << 24;

    public delegate void Chunk(Span<byte> bytes);

    public static void ForEachChunk(Tensor contiguous, Chunk work)
    {
        using var scope = NewDisposeScope();
        long items = contiguous.numel();
        Tensor flat = contiguous.view(-1);
        for (long start = 0; start < items; start += ChunkItems)
        {
            using Tensor chunk = flat.narrow(0, start, Math.Min(ChunkItems, items - start));
            work(chunk.bytes);
        }
    }
}
