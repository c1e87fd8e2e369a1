using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Persistence;

/// <summary>Whether <c>MLContext.CancelExecution</c> was called.</summary>
internal static class HostCancellation
{
    /// <summary>Looks at both ways to end a long work: the options' own and the context's.</summary>
    public static void ThrowIfCancelled(IHost host, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        ThrowIfCancelled(host);
    }

    public static void ThrowIfCancelled(IHost host)
    {
        if (((ICancelable)host).IsCanceled) throw new OperationCanceledException("MLContext.CancelExecution was called.");
    }
}
