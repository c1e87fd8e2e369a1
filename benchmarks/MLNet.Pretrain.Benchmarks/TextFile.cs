using System.IO.Compression;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Real texts from a file.</summary>
internal static class TextFile
{
    /// <summary>Texts drawn by a seeded shuffle.</summary>
    public static string[] Read(string path, int? column, int rows)
    {
        string[] all = [.. Lines(path, column)];
        new Random(1).Shuffle(all);
        string[] taken = all[..Math.Min(rows, all.Length)];
        Console.WriteLine($"{taken.Length:N0} texts, {taken.Sum(t => (long)t.Length) / 1e6:0.0} M characters, {Environment.ProcessorCount} processors");
        return taken;
    }

    /// <summary>All texts, in the file's order.</summary>
    public static IEnumerable<string> Lines(string path, int? column)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        while (reader.ReadLine() is { } line) yield return column is { } c ? line.Split('\t')[c] : line;
    }
}
