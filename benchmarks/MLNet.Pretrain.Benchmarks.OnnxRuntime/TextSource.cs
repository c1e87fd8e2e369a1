using System.IO.Compression;

namespace MLNet.Pretrain.Benchmarks.OnnxRuntime;

/// <summary>The first rows of a column of a TSV file, gzipped or not.</summary>
/// <param name="Path">The file.</param>
/// <param name="Column">From 0.</param>
/// <param name="Rows">At most.</param>
internal sealed record TextSource(string Path, int Column, int Rows)
{
    public string[] Read()
    {
        using Stream file = File.OpenRead(Path), plain = Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);
        var texts = new List<string>();
        while (texts.Count < Rows && reader.ReadLine() is { } line) texts.Add(line.Split('\t')[Column]);
        return [.. texts];
    }
}
