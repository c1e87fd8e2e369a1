using System.IO.Compression;
using CompareTextClassifiers;

namespace PretrainEncoder;

/// <summary>The texts to learn from.</summary>
public static class Corpus
{
    /// <summary>A row a text, those of one document in a row.</summary>
    /// <param name="files">Files with a text a line and an empty line between documents; none for the documentation of the .NET SDK, a document a type.</param>
    public static IEnumerable<TextDocument> Read(IReadOnlyList<string> files) => files.Count == 0 ? Documentation() : files.SelectMany(ReadFile);

    private static IEnumerable<TextDocument> Documentation() =>
        SdkDocumentation.Documents(SdkDocumentation.FindFiles()).SelectMany(type => type.Texts.Select(text => new TextDocument { Document = type.Type, Text = text }));

    private static IEnumerable<TextDocument> ReadFile(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{Path.GetFullPath(path)}'; expected a text a line, gzipped or not, with an empty line between documents.");
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);
        string name = Path.GetFileName(path);
        for (int document = 0; reader.ReadLine() is { } line;)
        {
            if (string.IsNullOrWhiteSpace(line)) document++;
            else yield return new TextDocument { Document = $"{name} {document}", Text = line };
        }
    }
}
