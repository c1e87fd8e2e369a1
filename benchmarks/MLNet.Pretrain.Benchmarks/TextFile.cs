using System.IO.Compression;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Real texts from a file.</summary>
internal static class TextFile
{
    public static string[] Read(string path, int? column, int rows)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var texts = new List<string>();
        while (reader.ReadLine() is { } line) texts.Add(column is { } c ? line.Split('\t')[c] : line);
        string[] all = [.. texts];
        new Random(1).Shuffle(all);
        string[] taken = all[..Math.Min(rows, all.Length)];
        Console.WriteLine($"{taken.Length:N0} texts, {taken.Sum(t => (long)t.Length) / 1e6:0.0} M characters, {Environment.ProcessorCount} processors");
        return taken;
    }
}
