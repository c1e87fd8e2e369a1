using System.Diagnostics;
using System.Globalization;
using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>How long a fresh process takes until a saved pipeline has scored its first row, part by part.</summary>
internal static class StartBenchmark
{
    /// <summary>Prints the medians of several processes.</summary>
    /// <param name="saved">A pipeline over a column Text; null = one with random weights is made.</param>
    /// <param name="kind">What is made.</param>
    /// <param name="vocabulary">BERT's vocab.txt, for what is made.</param>
    /// <param name="layers">Of what is made.</param>
    /// <param name="hidden">Of what is made.</param>
    /// <param name="stored">Of what is made.</param>
    /// <param name="rounds">Processes.</param>
    public static void Run(string? saved, StartKind kind, string vocabulary, int layers, int hidden, WeightStorage stored, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("benchmark-").FullName;
        try
        {
            string model = saved ?? Path.Combine(folder, "model.zip"), small = Path.Combine(folder, "small.zip");
            // The small one has the same code compiled, and next to no weights: a vocabulary of special tokens, one layer.
            string few = Path.Combine(folder, "vocab.txt");
            File.WriteAllLines(few, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, 300).Select(i => "w" + i.ToString(CultureInfo.InvariantCulture))]);
            if (saved is null)
            {
                long start = Stopwatch.GetTimestamp();
                StartModels.Save(model, kind, vocabulary, layers, hidden, stored);
                Console.WriteLine(FormattableString.Invariant($"{kind}, {layers} layers of {hidden}, {stored}: made and saved in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
            }
            StartModels.Save(small, kind, few, 1, 64, stored);
            Console.WriteLine(FormattableString.Invariant($"{model}: {new FileInfo(model).Length / 1e6:F1} MB"));
            List<Dictionary<string, double[]>> cold = [], compiled = [];
            for (int i = 0; i < rounds; i++)
            {
                cold.Add(Started(model));
                compiled.Add(Started(model, small));
            }
            Print("fresh process, ms", cold);
            Print("fresh process whose code is compiled, by a small model before, ms", compiled);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Dictionary<string, double[]> Started(params string[] models)
    {
        string dll = Environment.GetCommandLineArgs()[0];
        string started = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("dotnet", [dll, StartedProcess.Name, started, .. models]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The started process ended with code {process.ExitCode}: {output}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToDictionary(part => part[0], part => (double[])[.. part[1..].Select(value => double.Parse(value, CultureInfo.InvariantCulture))]);
    }

    private static void Print(string title, List<Dictionary<string, double[]>> rounds)
    {
        Console.WriteLine($"{title,-64}{"wall",9}{"processor",11}");
        foreach (string part in rounds[0].Keys)
        {
            double[] wall = [.. rounds.Select(r => r[part][0]).Order()], processor = [.. rounds.Select(r => r[part][1]).Order()];
            Console.WriteLine(FormattableString.Invariant($"  {part,-62}{wall[wall.Length / 2],9:F1}{processor[processor.Length / 2],11:F1}   ({wall[0]:F1} to {wall[^1]:F1})"));
        }
    }
}
