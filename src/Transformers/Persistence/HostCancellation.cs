using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Persistence;

/// <summary>Whether <c>MLContext.CancelExecution</c> was called.</summary>
internal static class HostCancellation
{
    public static void ThrowIfCancelled(IHost host)
    {
        if (((ICancelable)host).IsCanceled) throw new OperationCanceledException("MLContext.CancelExecution was called.");
    }
}
