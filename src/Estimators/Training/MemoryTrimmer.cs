using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Training;

/// <summary>
/// Gives freed memory back to the system now and then. glibc keeps what libtorch frees in fragments: without this, resident memory grows
/// by megabytes a step although no tensor is left behind. Does nothing where the C library has no <c>malloc_trim</c>.
/// </summary>
internal sealed unsafe class MemoryTrimmer
{
    // Often enough that little piles up, seldom enough to cost nothing beside 16 steps.
    private const int StepsBetween = 16;

    private static readonly delegate* unmanaged<nuint, int> s_trim = Probe();

    private int _steps;

    public void AfterStep()
    {
        if (++_steps % StepsBetween == 0) Trim();
    }

    public static void Trim()
    {
        if (s_trim is not null) s_trim(0);
    }

    private static delegate* unmanaged<nuint, int> Probe() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "malloc_trim", out nint symbol)
            ? (delegate* unmanaged<nuint, int>)symbol
            : null;
}
