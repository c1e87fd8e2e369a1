using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>From the rows of an IDataView to a vocabulary. Megabytes are of UTF-8.</summary>
internal static class VocabularyBenchmark
{
    public static void Run(string[] files, int vocabularySize, int threads, int rounds)
    {
        string[] texts = [.. files.SelectMany(Read)];
        double megabytes = texts.Sum(text => (double)Encoding.UTF8.GetByteCount(text)) / 1e6;
        Console.WriteLine($"{texts.Length:N0} texts, {megabytes:0.0} MB, {threads} workers on {Environment.ProcessorCount} processors");
        IDataView data = new MLContext().Data.LoadFromEnumerable(texts.Select(text => new Row { Text = text }));
        var wordPiece = new WordPieceTrainer(new() { VocabularySize = vocabularySize, Workers = threads });
        var bpe = new BpeTrainer(new() { VocabularySize = vocabularySize, Workers = threads });
        for (int round = 0; round < rounds; round++)
        {
            Time("WordPiece", () => wordPiece.Train(data, nameof(Row.Text)).Entries.Count);
            Time("byte-level BPE", () => bpe.Train(data, nameof(Row.Text)).Entries.Count);
        }

        void Time(string name, Func<int> train)
        {
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            int entries = train();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine($"{name,-15} {entries,7:N0} entries {seconds,7:0.0} s {megabytes / seconds,7:0.0} MB/s, peak of the process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20:N0} MiB");
        }
    }

    private static IEnumerable<string> Read(string argument)
    {
        int colon = argument.LastIndexOf(':');
        int? column = colon > 0 && int.TryParse(argument[(colon + 1)..], out int number) ? number : null;
        string path = column is null ? argument : argument[..colon];
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        while (reader.ReadLine() is { } line) yield return column is { } c ? line.Split('\t')[c] : line;
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
