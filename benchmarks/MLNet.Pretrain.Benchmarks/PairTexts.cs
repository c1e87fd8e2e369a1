using System.IO.Compression;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Pairs of texts with a number, from a table; and what word counts alone say of their likeness.</summary>
internal static partial class PairTexts
{
    /// <param name="path">Columns divided by tabs or, in *.csv, by commas with quotes; gzipped or not.</param>
    /// <param name="columns">Of the first text, the second text and the number.</param>
    public static IReadOnlyList<Row> Read(MLContext ml, string path, IReadOnlyList<int> columns)
    {
        bool commas = path.Contains(".csv", StringComparison.Ordinal);
        string plain = Path.GetTempFileName();
        try
        {
            using (Stream file = File.OpenRead(path), from = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file, to = File.Create(plain)) from.CopyTo(to);
            TextLoader.Column[] wanted = [new("First", DataKind.String, columns[0]), new("Second", DataKind.String, columns[1]), new("Number", DataKind.Single, columns[2])];
            IDataView view = ml.Data.LoadFromTextFile(plain, new TextLoader.Options { Columns = wanted, Separators = [commas ? ',' : '\t'], AllowQuoting = commas, HasHeader = !commas });
            return [.. ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false).Where(row => !float.IsNaN(row.Number))];
        }
        finally
        {
            File.Delete(plain);
        }
    }

    /// <summary>The cosine of the texts' TF-IDF vectors, frequencies counted on the training rows.</summary>
    public static double[] TfIdfCosines(IReadOnlyList<Row> train, IReadOnlyList<Row> rows)
    {
        string[][] documents = [.. train.SelectMany(row => new[] { row.First, row.Second }).Select(Words)];
        Dictionary<string, int> counts = documents.SelectMany(words => words.Distinct()).GroupBy(word => word).ToDictionary(g => g.Key, g => g.Count());
        return [.. rows.Select(row =>
        {
            Dictionary<string, double> a = Vector(row.First), b = Vector(row.Second);
            double dot = a.Sum(pair => pair.Value * b.GetValueOrDefault(pair.Key));
            return dot == 0 ? 0 : dot / Math.Sqrt(a.Values.Sum(v => v * v) * b.Values.Sum(v => v * v));
        })];

        Dictionary<string, double> Vector(string text) => Words(text).GroupBy(word => word).ToDictionary(g => g.Key, g => g.Count() * Math.Log((documents.Length + 1.0) / (counts.GetValueOrDefault(g.Key) + 1.0)));
    }

    private static string[] Words(string text) => [.. WordPattern().Matches(text.ToLowerInvariant()).Select(m => m.Value)];

    [GeneratedRegex(@"\w+")]
    private static partial Regex WordPattern();

    internal sealed class Row
    {
        public string First { get; set; } = "";

        public string Second { get; set; } = "";

        public float Number { get; set; }

        public bool Same => Number > 0.5f;
    }
}
