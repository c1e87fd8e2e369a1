using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Words one a line; line ends and backslashes inside a word are escaped.</summary>
internal static class WordListFile
{
    public static void Write(string path, WordTable words)
    {
        using var writer = new StreamWriter(path);
        for (int id = 0; id < words.Count; id++)
        {
            string word = words[id].ToString();
            if (word.AsSpan().ContainsAny("\\\n\r")) word = word.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r");
            writer.Write(word);
            writer.Write('\n');
        }
    }

    /// <exception cref="InvalidDataException">A word occurs twice.</exception>
    public static WordTable Read(string path)
    {
        var words = new WordTable();
        // A word may begin with what would pass for a byte-order mark.
        using var reader = new StreamReader(path, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        string content = reader.ReadToEnd();
        foreach (Range range in content.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = content.AsSpan(range);
            if (line.IsEmpty) continue;
            int before = words.Count;
            words.FindOrAdd(line.Contains('\\') ? Unescape(line) : line);
            if (words.Count == before) throw new InvalidDataException($"'{path}' names the word '{line}' twice; the model was altered. Save it again.");
        }
        return words;
    }

    private static string Unescape(ReadOnlySpan<char> line)
    {
        var word = new StringBuilder();
        for (int i = 0; i < line.Length; i++)
        {
            bool escaped = line[i] == '\\' && i + 1 < line.Length;
            word.Append(escaped ? line[++i] switch { 'n' => '\n', 'r' => '\r', var other => other } : line[i]);
        }
        return word.ToString();
    }
}
