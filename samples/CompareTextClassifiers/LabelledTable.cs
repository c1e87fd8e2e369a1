using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CompareTextClassifiers;

/// <summary>A TSV or CSV file, gzipped or not, as rows of <c>Text</c> and <c>Category</c>.</summary>
public sealed class LabelledTable : IDisposable
{
    private string? _unpacked;

    private LabelledTable(IDataView rows, string? unpacked) => (Rows, _unpacked) = (rows, unpacked);

    /// <summary>The rows, read from the file as they are needed.</summary>
    public IDataView Rows { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="ml">ML.NET.</param>
    /// <param name="path">Path: .tsv, .csv, .txt, or one of them with .gz.</param>
    /// <param name="textColumn">Its text column: a name in the header, or a number from 0 where there is no header.</param>
    /// <param name="labelColumn">Its label column, likewise.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty or has no such column.</exception>
    public static LabelledTable Open(MLContext ml, string path, string textColumn, string labelColumn)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{Path.GetFullPath(path)}'; expected a TSV or CSV file, gzipped or not.");
        bool packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        string? unpacked = packed ? Unpack(path) : null;
        string name = packed ? path[..^3] : path;
        bool csv = name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        char separator = csv ? ',' : '\t';
        string[] header = (File.ReadLines(unpacked ?? path).FirstOrDefault() ?? throw new InvalidDataException($"'{path}' is empty; expected rows of text and label.")).Split(separator);
        bool numbered = int.TryParse(textColumn, out int text) & int.TryParse(labelColumn, out int label);
        if (!numbered) (text, label) = (Find(textColumn), Find(labelColumn));
        if (Math.Max(text, label) >= header.Length) throw new InvalidDataException($"'{path}' has {header.Length} columns; expected columns {text} (text) and {label} (label), counted from 0.");

        TextLoader loader = ml.Data.CreateTextLoader(new TextLoader.Options
        {
            Columns = [new TextLoader.Column("Text", DataKind.String, text), new TextLoader.Column("Category", DataKind.String, label)],
            Separators = [separator],
            HasHeader = !numbered,
            // In tab-separated files a quotation mark is one; in CSV it may hide commas and line breaks.
            AllowQuoting = csv,
            ReadMultilines = csv,
        });
        return new LabelledTable(loader.Load(unpacked ?? path), unpacked);

        int Find(string column)
        {
            int index = Array.FindIndex(header, h => h.Trim().Trim('"', '\uFEFF') == column);
            return index >= 0 ? index : throw new InvalidDataException($"'{path}' has no column '{column}'. Its first line has: {string.Join(", ", header.Select(h => $"'{h}'"))}. Name one of them, or give both columns by number from 0 where the file has no header.");
        }
    }

    /// <summary>Deletes what was unpacked.</summary>
    public void Dispose()
    {
        if (_unpacked is not null) File.Delete(_unpacked);
        _unpacked = null;
    }

    private static string Unpack(string path)
    {
        string target = Path.GetTempFileName();
        try
        {
            using var source = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            using FileStream plain = File.Create(target);
            source.CopyTo(plain);
            return target;
        }
        catch (Exception e)
        {
            File.Delete(target);
            throw e is InvalidDataException ? new InvalidDataException($"'{path}' is no gzip file or is cut short: {e.Message} Unpack it or download it again.", e) : e;
        }
    }
}
