namespace MLNet.Pretrain.Text;

/// <summary>Phrases one a line, a tab between the two words, which are escaped as in a <see cref="WordListFile"/>.</summary>
internal static class PhraseListFile
{
    public static void Write(string path, PhraseTable phrases)
    {
        using var writer = new StreamWriter(path);
        for (int i = 0; i < phrases.Count; i++)
        {
            (string first, string second) = phrases[i];
            writer.Write($"{WordListFile.Escape(first)}\t{WordListFile.Escape(second)}\n");
        }
    }

    /// <exception cref="InvalidDataException">A line is no pair, or one occurs twice.</exception>
    public static PhraseTable Read(string path)
    {
        var phrases = new PhraseTable();
        var pair = new WordList();
        foreach (string line in WordListFile.Lines(path))
        {
            int tab = line.IndexOf('\t');
            if (tab <= 0 || tab == line.Length - 1) throw new InvalidDataException($"'{path}' has the line '{line}'; expected two words and a tab between. The model was altered, or saved by an older version. Fit and save it again.");
            pair.Clear();
            pair.Add(WordListFile.Unescape(line.AsSpan(0, tab)));
            pair.Add(WordListFile.Unescape(line.AsSpan(tab + 1)));
            if (!phrases.Add(pair.Pair(0), pair[0].Length)) throw new InvalidDataException($"'{path}' names the phrase '{line}' twice; the model was altered. Save it again.");
        }
        return phrases;
    }
}
