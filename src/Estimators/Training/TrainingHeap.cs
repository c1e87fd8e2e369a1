using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Training;

/// <summary>
/// While one lives, the C library keeps what libtorch frees, for the next tensors. glibc otherwise asks the system for whatever is large, and gives back what is free at its heap's
/// end: a step has its memory cleared page by page many times over, which took an eighth of a step's time, and a third where layers run twice. <see cref="MemoryTrimmer"/> gives back
/// what piles up. Does nothing where the C library has no <c>mallopt</c>, or whoever started the process has told it what to keep (<c>MALLOC_TRIM_THRESHOLD_</c> and the like).
/// </summary>
internal sealed unsafe class TrainingHeap : IDisposable
{
    // mallopt's numbers.
    private const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3, MostMapped = -4;

    private static readonly delegate* unmanaged<int, int, int> s_option = Probe();
    private static readonly Lock s_lock = new();
    private static int s_alive;

    public TrainingHeap() => Count(1);

    public void Dispose()
    {
        Count(-1);
        MemoryTrimmer.Trim();
    }

    private static void Count(int change)
    {
        if (s_option is null) return;
        lock (s_lock)
        {
            s_alive += change;
            if (s_alive > 0) Set(int.MaxValue, 64 << 20, 0);
            // What glibc itself comes to once a large tensor has been freed.
            else Set(64 << 20, 128 << 10, 65536);
        }

        static void Set(int trimThreshold, int topPad, int mostMapped)
        {
            s_option(TrimThreshold, trimThreshold);
            s_option(TopPad, topPad);
            s_option(MapThreshold, 32 << 20);
            s_option(MostMapped, mostMapped);
        }
    }

    private static delegate* unmanaged<int, int, int> Probe() =>
        OperatingSystem.IsLinux() && !IsToldOtherwise() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "mallopt", out nint symbol)
            ? (delegate* unmanaged<int, int, int>)symbol
            : null;

    // By variables of their own, or by names such as glibc.malloc.top_pad in one for all.
    private static bool IsToldOtherwise()
    {
        string tunables = Environment.GetEnvironmentVariable("GLIBC_TUNABLES") ?? "";
        return ((string[])["trim_threshold", "top_pad", "mmap_threshold", "mmap_max"])
            .Any(name => tunables.Contains("malloc." + name, StringComparison.Ordinal) || Environment.GetEnvironmentVariable($"MALLOC_{name.ToUpperInvariant()}_") is not null);
    }
}
