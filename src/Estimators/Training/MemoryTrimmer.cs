using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Training;

/// <summary>
/// Gives freed memory back to the system where it piles up. glibc keeps what libtorch frees in fragments: without this, resident memory grows by megabytes a step although no tensor
/// is left behind. What is given back has to be cleared again when it is next used, which for a large network takes as long as a step or two: so only where there is more than there was.
/// Does nothing where the C library has no <c>malloc_trim</c>.
/// </summary>
internal sealed unsafe class MemoryTrimmer
{
    private const int StepsBetween = 16;
    private const long Little = 8 << 20;

    private static readonly delegate* unmanaged<nuint, int> s_trim = Probe();

    private readonly long _atFirst = Environment.WorkingSet;
    private long _usual;
    private int _steps;

    public void AfterStep()
    {
        if (++_steps % StepsBetween != 0) return;
        long now = Environment.WorkingSet;
        if (_usual == 0) _usual = now;
        else if (now - _usual > Math.Max(Little, (now - _atFirst) / 8))
        {
            Trim();
            _usual = 0;   // it may be that rows are longer than they were
        }
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
