using FluentAssertions.Execution;
using TorchSharp;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Counts native tensors, once those that nobody holds any more are gone.</summary>
internal static class LiveTensors
{
    // What another test left to the collector may go in between two counts. A leak is there every time.
    private const int Attempts = 3;

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

    /// <summary>
    /// Checks that <paramref name="many"/> steps leave as many tensors as <paramref name="few"/>. Training is compared so: TorchSharp's count
    /// rises by one for each parameter that a new network makes of a tensor and never falls, though the memory does.
    /// </summary>
    public static void ShouldNotGrow(Action few, Action many)
    {
        // What is made once.
        few();
        Repeat(() => Left(many).Should().Be(Left(few), "many steps leave what few leave"));
    }

    /// <summary>Checks that nothing which <paramref name="act"/> made is alive after it; call it once before, where it makes what stays.</summary>
    public static void ShouldLeaveNone(Action act) => Repeat(() => Left(act).Should().Be(0));

    private static long Left(Action act)
    {
        long before = Count();
        act();
        return Count() - before;
    }

    private static void Repeat(Action check)
    {
        for (int attempt = 1; attempt < Attempts; attempt++)
        {
            using var scope = new AssertionScope();
            check();
            if (scope.Discard().Length == 0) return;
        }
        check();
    }
}
