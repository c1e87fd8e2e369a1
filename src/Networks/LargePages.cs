using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Networks;

/// <summary>Memory in pages of megabytes, of which the system hands out a few where it would have to hand out thousands of small ones.</summary>
internal static partial class LargePages
{
    // Of Linux' madvise.
    private const int MadviseHugePage = 14;

    /// <summary>Asks for memory that has not been touched yet to come in large pages. Where the system has none, nothing changes.</summary>
    /// <param name="start">The memory, which does not move.</param>
    /// <param name="bytes">Its length.</param>
    public static unsafe void Ask(ref byte start, long bytes)
    {
        if (!OperatingSystem.IsLinux()) return;   // the others decide for themselves
        nint page = Environment.SystemPageSize, address = (nint)Unsafe.AsPointer(ref start), first = (address + page - 1) / page * page, end = (address + (nint)bytes) / page * page;
        if (end <= first) return;
        try
        {
            // Refused by a kernel without large pages: then the memory is as it was.
            _ = Madvise(first, (nuint)(end - first), MadviseHugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system with another C library: the same.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(nint address, nuint length, int advice);
}
