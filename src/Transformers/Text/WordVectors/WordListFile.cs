using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Words one a line; tabs, line ends and backslashes inside a word are escaped.</summary>
internal static class WordListFile
{
    public static void Write(string path, WordTable words)
    {
        using var writer = new StreamWriter(path);
        for (int id = 0; id < words.Count; id++)
        {
            writer.Write(Escape(words[id].ToString()));
            writer.Write('\n');
        }
    }

    /// <exception cref="InvalidDataException">A word occurs twice.</exception>
    public static WordTable Read(string path)
    {
        var words = new WordTable();
        foreach (string line in Lines(path))
        {
            int before = words.Count;
            words.FindOrAdd(Unescape(line));
            if (words.Count == before) throw new InvalidDataException($"'{path}' names the word '{line}' twice; the model was altered. Save it again.");
        }
        return words;
    }

    /// <summary>The lines that are not empty. A line feed alone ends one, and what would pass for a byte-order mark is part of a word.</summary>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        string content = reader.ReadToEnd();
        for (int start = 0, end; start < content.Length; start = end + 1)
        {
            end = content.IndexOf('\n', start);
            if (end < 0) end = content.Length;
            if (end > start) yield return content[start..end];
        }
    }

    public static string Escape(string word) =>
        word.AsSpan().ContainsAny("\\\n\r\t") ? word.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t") : word;

    public static ReadOnlySpan<char> Unescape(ReadOnlySpan<char> line)
    {
        if (!line.Contains('\\')) return line;
        var word = new StringBuilder();
        for (int i = 0; i < line.Length; i++)
        {
            bool escaped = line[i] == '\\' && i + 1 < line.Length;
            word.Append(escaped ? line[++i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var other => other } : line[i]);
        }
        return word.ToString();
    }
}
