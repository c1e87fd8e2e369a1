using System.IO.Compression;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Sentences of a CoNLL file: a word a line, its tag in the last column, an empty line between sentences.</summary>
internal static class ConllFile
{
    public sealed class Sentence
    {
        public string[] Words { get; set; } = [];

        public string[] Tags { get; set; } = [];
    }

    /// <returns>Tags in BIO, whether the file has BIO or IOB1.</returns>
    public static Sentence[] Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        List<Sentence> sentences = [];
        List<string[]> rows = [];
        for (string? line = ""; line is not null;)
        {
            line = reader.ReadLine();
            string[] columns = line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (columns.Length > 1 && columns[0] != "-DOCSTART-") rows.Add(columns);
            if (columns.Length > 0 || rows.Count == 0) continue;
            sentences.Add(new() { Words = [.. rows.Select(r => r[0])], Tags = TagSequence.Convert([.. rows.Select(r => r[^1])], TagScheme.Bio, TagScheme.Bio) });
            rows.Clear();
        }
        return [.. sentences];
    }
}
