using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Texts whose number of tokens is known: words that the vocabulary has whole.</summary>
internal static class EngineBenchmarkWords
{
    /// <summary>Texts of so many tokens, [CLS] and [SEP] included.</summary>
    public static string[] Texts(string vocabulary, int rows, int tokens)
    {
        string[] words = [.. File.ReadLines(vocabulary).Where(entry => entry.Length > 1 && entry.All(char.IsAsciiLetterLower))];
        var random = new Random(1);
        return [.. Enumerable.Range(0, rows).Select(_ => string.Join(' ', Enumerable.Range(0, tokens - 2).Select(_ => words[random.Next(words.Length)])))];
    }

    /// <summary>The ids of each text.</summary>
    public static int[][] Encode(string checkpoint, string[] texts, int maxLength)
    {
        SequenceTokenizer tokenizer = SequenceTokenizer.Load(checkpoint);
        var encoded = new EncodedText();
        return [.. texts.Select(text =>
        {
            tokenizer.Encode(text, maxLength, TruncationStrategy.LongestFirst, encoded);
            return encoded.Ids.ToArray();
        })];
    }
}
