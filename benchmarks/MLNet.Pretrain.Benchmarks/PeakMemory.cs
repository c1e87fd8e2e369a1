using System.Globalization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>The most memory that the process has had resident, as Linux counts it.</summary>
internal static class PeakMemory
{
    /// <summary>Counts from now on.</summary>
    /// <returns>MiB resident now; not a number where the system does not count it.</returns>
    public static double Restart()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return double.NaN;
        }
        return Megabytes();
    }

    /// <summary>MiB.</summary>
    public static double Megabytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
    }
}
