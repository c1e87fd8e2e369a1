using System.Globalization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>A column of texts in a TSV file, gzipped or not, and the most tokens that a text of it may have.</summary>
internal sealed record EngineBenchmarkText(string Path, int Column, int MaxLength)
{
    /// <summary>Reads FILE:COLUMN:MAXLENGTH.</summary>
    public static EngineBenchmarkText Parse(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 3 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int column) && int.TryParse(parts[2], CultureInfo.InvariantCulture, out int maxLength)
            ? new EngineBenchmarkText(parts[0], column, maxLength)
            : throw new ArgumentException($"--text is '{text}'; expected FILE:COLUMN:MAXLENGTH, as in sst2/train.tsv.gz:1:128.");
    }

    /// <summary>The first texts, in the file's order.</summary>
    public string[] Read(int rows) => [.. TextFile.Lines(Path, Column).Take(rows)];
}
