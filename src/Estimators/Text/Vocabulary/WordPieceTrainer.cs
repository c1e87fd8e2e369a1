using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Makes a WordPiece vocabulary (Wu et al. 2016) of texts, as Hugging Face's trainers do: special tokens, the characters, those that continue a word
/// once more with <c>##</c>, then the most frequent joins of neighbouring pieces of words, one at a time (Sennrich et al. 2016). Texts are read
/// once and may be larger than memory. The same texts give the same vocabulary, whatever the number of threads.
/// </summary>
/// <example>
/// <code>
/// WordPieceVocabulary vocabulary = new WordPieceTrainer(new() { VocabularySize = 8192 }).Train(data, "Text");
/// vocabulary.Save("models/ours");   // vocab.txt and tokenizer_config.json
/// </code>
/// </example>
public sealed class WordPieceTrainer
{
    internal const string ContinuationPrefix = "##";

    private readonly WordPieceTrainerOptions _options;

    /// <summary>Checks the options.</summary>
    /// <param name="options">Null = the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or a special token is there twice.</exception>
    public WordPieceTrainer(WordPieceTrainerOptions? options = null)
    {
        _options = options ?? new WordPieceTrainerOptions();
        _options.Validate();
    }

    /// <summary>Makes a vocabulary of a text column.</summary>
    /// <param name="data">Read once, in order; missing and empty texts are passed over.</param>
    /// <param name="textColumnName">A column of Text.</param>
    /// <exception cref="ArgumentException">The column is missing or is not Text.</exception>
    /// <exception cref="InvalidOperationException">There is no text, or the vocabulary is too small for its characters.</exception>
    public WordPieceVocabulary Train(IDataView data, string textColumnName) =>
        Train(TextColumn.Read(nameof(WordPieceTrainer), data, textColumnName), $"column '{textColumnName}'");

    /// <summary>Makes a vocabulary of texts.</summary>
    /// <param name="texts">Read once, in order; null and empty ones are passed over.</param>
    /// <exception cref="InvalidOperationException">There is no text, or the vocabulary is too small for its characters.</exception>
    public WordPieceVocabulary Train(IEnumerable<string?> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Train(texts.Select(text => text.AsMemory()), "the input");
    }

    // Without a source the caller has its own words for data without texts, and gets the special tokens alone.
    internal WordPieceVocabulary Train(IEnumerable<ReadOnlyMemory<char>> texts, string? source, int blockCharacters = CorpusBlock.Capacity)
    {
        var counter = new ParallelWordCounter(() => new WordPieceWords(_options.Tokenization), _options.Workers ?? Environment.ProcessorCount, _options.MaxCountedWords, blockCharacters, _options.CancellationToken);
        WordCounts words = counter.Count(texts);
        if (source is not null) VocabularyChecks.SomeText(nameof(WordPieceTrainer), source, counter.Texts, words.Count);
        var pieces = new PieceTable(ContinuationPrefix);
        foreach (string token in _options.SpecialTokens) pieces.Add(token);
        var alphabet = WordPieceAlphabet.Of(words, _options.MaxAlphabetSize);
        alphabet.AddTo(pieces);
        if (pieces.Count > _options.VocabularySize) throw TooSmall(alphabet, pieces);
        var merger = new PairMerger(pieces);
        List<int> word = [];
        for (int i = 0; i < words.Count; i++)
            if (alphabet.TrySplit(words.Word(i), word)) merger.AddWord(CollectionsMarshal.AsSpan(word), words.CountOf(i));
        merger.Merge(_options.VocabularySize, _options.MinPairCount, _options.CancellationToken);
        return new WordPieceVocabulary(BertWordPieceTokenizer.Create(pieces.ToArray(), _options.Tokenization));
    }

    private InvalidOperationException TooSmall(WordPieceAlphabet alphabet, PieceTable pieces) => new(
        $"{nameof(WordPieceTrainer)}: VocabularySize is {_options.VocabularySize}, but {_options.SpecialTokens.Count} special tokens and the {alphabet.CharacterCount} characters of the texts, as first and as later ones of a word, take {pieces.Count}. "
        + $"Raise VocabularySize to {pieces.Count} or more, or lower MaxAlphabetSize, so that words with rarer characters become {_options.Tokenization.UnknownToken}.");
}
