namespace MLNet.Pretrain.Benchmarks;

/// <summary>Lets contestants do the same work in turns, so that a noisy machine disturbs all alike, and prints a table of medians and of the ratios of each round.</summary>
internal static class EngineBenchmarkTurns
{
    // Threads of both processes spin for some milliseconds after their work.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the rounds and prints the table.</summary>
    /// <param name="title">What the work is.</param>
    /// <param name="columns">Headings of what <paramref name="describe"/> gives.</param>
    /// <param name="describe">The medians of what was measured, as printed.</param>
    /// <param name="rounds">Every second one in reverse order.</param>
    /// <param name="contestants">Who takes part.</param>
    public static void Run(string title, string columns, Func<double[], string> describe, int rounds, IReadOnlyList<EngineBenchmarkContestant> contestants)
    {
        var measured = contestants.ToDictionary(c => c, _ => new List<double[]>());
        foreach (EngineBenchmarkContestant contestant in contestants) contestant.WarmUp();
        for (int round = 0; round < rounds; round++)
        {
            foreach (EngineBenchmarkContestant contestant in round % 2 == 0 ? contestants : contestants.Reverse())
            {
                Thread.Sleep(s_pause);
                measured[contestant].Add(contestant.Measure());
            }
        }

        EngineBenchmarkContestant[] peers = [.. contestants.Where(c => c.IsPeer)];
        Console.WriteLine($"{title}, {rounds} rounds");
        Console.WriteLine($"{"",-34}{columns}{string.Concat(peers.Select(p => $"   as fast as {p.Name}"))}");
        foreach (EngineBenchmarkContestant contestant in contestants)
        {
            List<double[]> mine = measured[contestant];
            double[] medians = [.. mine[0].Select((_, i) => Median(mine.Select(m => m[i])))];
            string ratios = contestant.IsPeer ? "" : string.Concat(peers.Select(p => "   " + Ratios(measured[p], mine).PadRight("as fast as ".Length + p.Name.Length)));
            Console.WriteLine($"{contestant.Name,-34}{describe(medians)}{ratios}");
        }
        Console.WriteLine();
    }

    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Ratios(List<double[]> peer, List<double[]> ours)
    {
        double[] ratios = [.. peer.Zip(ours, (theirs, mine) => theirs[0] / mine[0])];
        return FormattableString.Invariant($"{Median(ratios):0.00} ({string.Join(", ", ratios.Select(r => FormattableString.Invariant($"{r:0.00}")))})");
    }
}
