using TorchSharp;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Counts native tensors, once those that nobody holds any more are gone.</summary>
internal static class LiveTensors
{
    /// <summary>The count after the collector has run: what an earlier test left to it must not die in between two counts.</summary>
    public static long Count()
    {
        long last = -1;
        // A finalizer may let go of what only the next round finds.
        for (int round = 0; round < 10 && torch.Tensor.TotalCount != last; round++)
        {
            last = torch.Tensor.TotalCount;
            for (int i = 0; i < 2; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        return torch.Tensor.TotalCount;
    }
}
