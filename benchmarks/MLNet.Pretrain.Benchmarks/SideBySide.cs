using System.Diagnostics;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Times two ways to do the same work in turns, so that a noisy machine disturbs both alike, and prints medians and their ratio.</summary>
internal static class SideBySide
{
    public static void Run(string unit, double amount, int rounds, (string Name, Action Work) ours, (string Name, Action Work) peer)
    {
        ours.Work();
        peer.Work();
        var times = new List<(double Ours, double Peer)>();
        for (int i = 0; i < rounds; i++) times.Add((Seconds(ours.Work), Seconds(peer.Work)));
        double mine = Median(times.Select(t => t.Ours)), theirs = Median(times.Select(t => t.Peer));
        Console.WriteLine($"{ours.Name,-40} {amount / mine,12:N1} {unit}/s");
        Console.WriteLine($"{peer.Name,-40} {amount / theirs,12:N1} {unit}/s");
        Console.WriteLine($"ratio {theirs / mine:0.00} (by round: {string.Join(", ", times.Select(t => $"{t.Peer / t.Ours:0.00}"))})");
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
