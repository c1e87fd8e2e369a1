using System.Text;
using Microsoft.ML;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Makes a byte-level BPE vocabulary (Sennrich et al. 2016; Radford et al. 2019) of texts: special tokens, the 256 bytes, then the most frequent joins
/// of neighbouring pieces inside GPT-2's words, one at a time. It can make every text. Texts are read once and may be larger than memory. The same
/// texts give the same vocabulary, whatever the number of threads.
/// </summary>
/// <example>
/// <code>
/// BpeVocabulary vocabulary = new BpeTrainer(new() { VocabularySize = 8192 }).Train(data, "Text");
/// vocabulary.Save("models/ours");   // vocab.json, merges.txt and tokenizer_config.json
/// </code>
/// </example>
public sealed class BpeTrainer
{
    private readonly BpeTrainerOptions _options;

    /// <summary>Checks the options.</summary>
    /// <param name="options">Null = the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or a special token is there twice.</exception>
    public BpeTrainer(BpeTrainerOptions? options = null)
    {
        _options = options ?? new BpeTrainerOptions();
        _options.Validate();
    }

    /// <summary>Makes a vocabulary of a text column.</summary>
    /// <param name="data">Read once, in order; missing and empty texts are passed over.</param>
    /// <param name="textColumnName">A column of Text.</param>
    /// <exception cref="ArgumentException">The column is missing or is not Text.</exception>
    /// <exception cref="InvalidOperationException">There is no text.</exception>
    public BpeVocabulary Train(IDataView data, string textColumnName) =>
        Train(TextColumn.Read(nameof(BpeTrainer), data, textColumnName), $"column '{textColumnName}'");

    /// <summary>Makes a vocabulary of texts.</summary>
    /// <param name="texts">Read once, in order; null and empty ones are passed over.</param>
    /// <exception cref="InvalidOperationException">There is no text.</exception>
    public BpeVocabulary Train(IEnumerable<string?> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Train(texts.Select(text => text.AsMemory()), "the input");
    }

    internal BpeVocabulary Train(IEnumerable<ReadOnlyMemory<char>> texts, string source, int blockCharacters = CorpusBlock.Capacity)
    {
        var counter = new ParallelWordCounter(() => new Gpt2Words(), _options.Workers ?? Environment.ProcessorCount, _options.MaxCountedWords, blockCharacters, _options.CancellationToken);
        WordCounts words = counter.Count(texts);
        VocabularyChecks.SomeText(nameof(BpeTrainer), source, counter.Texts, words.Count);
        var pieces = new PieceTable(continuationPrefix: "");
        foreach (string token in _options.SpecialTokens) pieces.Add(token);
        int[] idOf = new int[256];
        foreach (byte value in ByteLevelAlphabet.Bytes) idOf[value] = pieces.Add(ByteLevelAlphabet.CharacterOf(value).ToString());
        var merger = new PairMerger(pieces);
        byte[] bytes = [];
        int[] word = [];
        for (int i = 0; i < words.Count; i++)
        {
            int length = Encoding.UTF8.GetByteCount(words.Word(i));
            if (length > bytes.Length) (bytes, word) = (new byte[length * 2], new int[length * 2]);
            Encoding.UTF8.GetBytes(words.Word(i), bytes);
            for (int j = 0; j < length; j++) word[j] = idOf[bytes[j]];
            merger.AddWord(word.AsSpan(0, length), words.CountOf(i));
        }
        List<(int Left, int Right)> merges = merger.Merge(_options.VocabularySize, _options.MinPairCount, _options.CancellationToken);
        return new BpeVocabulary(pieces.ToArray(), [.. merges.Select(m => $"{pieces[m.Left]} {pieces[m.Right]}")], [.. _options.SpecialTokens]);
    }
}
