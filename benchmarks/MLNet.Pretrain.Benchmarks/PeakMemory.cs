using System.Globalization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>The most memory that the process has had resident, as Linux counts it.</summary>
internal static class PeakMemory
{
    private const string Reset = "/proc/self/clear_refs";

    /// <summary>Whether it can be had here.</summary>
    public static bool IsTold
    {
        get
        {
            try
            {
                File.WriteAllText(Reset, "5");
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Counts from now on.</summary>
    /// <returns>MiB resident now.</returns>
    public static double Restart()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        File.WriteAllText(Reset, "5");
        return Megabytes();
    }

    /// <summary>MiB.</summary>
    public static double Megabytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
    }
}
