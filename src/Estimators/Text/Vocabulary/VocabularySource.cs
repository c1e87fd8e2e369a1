using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Where the vocabulary of a network from scratch comes from: a trained one, or a directory with a tokenizer's files. Strings and vocabularies convert by
/// themselves: <c>Vocabulary = "models/roberta-base"</c>.
/// </summary>
/// <remarks>
/// An encoder takes WordPiece, which makes it a BERT, or byte-level BPE with RoBERTa's special tokens, which makes it a RoBERTa. A GPT takes byte-level BPE with
/// <c>&lt;|endoftext|&gt;</c>.
/// </remarks>
public sealed class VocabularySource
{
    private readonly Action _checkEncoder, _checkGpt;
    private readonly Func<SequenceTokenizer> _encoder;
    private readonly Func<GptTokenizer> _gpt;

    private VocabularySource(string description, Action checkEncoder, Func<SequenceTokenizer> encoder, Action checkGpt, Func<GptTokenizer> gpt) =>
        (Description, _checkEncoder, _encoder, _checkGpt, _gpt) = (description, checkEncoder, encoder, checkGpt, gpt);

    /// <summary>One phrase for reports and logs.</summary>
    public string Description { get; }

    /// <summary>A directory as Hugging Face's libraries, <see cref="WordPieceVocabulary.Save"/> and <see cref="BpeVocabulary.Save"/> write it: <c>vocab.txt</c>, or <c>vocab.json</c> and <c>merges.txt</c>; <c>tokenizer_config.json</c> where there is one. Read when <c>Fit</c> runs.</summary>
    /// <param name="directory">Path of the directory.</param>
    public static VocabularySource FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new($"vocabulary of {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}", () => { }, () => VocabularyDirectory.OpenForEncoder(directory), () => { }, () => VocabularyDirectory.OpenForGpt(directory));
    }

    /// <summary>A WordPiece vocabulary, for an encoder.</summary>
    /// <param name="vocabulary">Of <see cref="WordPieceTrainer"/>.</param>
    public static VocabularySource FromVocabulary(WordPieceVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        string description = $"WordPiece vocabulary of {vocabulary.Entries.Count} entries";
        return new(description, () => { }, () => SequenceTokenizer.WordPiece(vocabulary.Tokenizer), () => throw NotForGpt(), () => throw NotForGpt());

        ArgumentException NotForGpt() => new($"Vocabulary is a {description}; a GPT expects a byte-level BPE vocabulary, which can make every text. Train one with {nameof(BpeTrainer)}.");
    }

    /// <summary>A byte-level BPE vocabulary: with <see cref="BpeTrainerOptions.RobertaSpecialTokens"/> for an encoder, with GPT-2's <c>&lt;|endoftext|&gt;</c> for a GPT.</summary>
    /// <param name="vocabulary">Of <see cref="BpeTrainer"/>.</param>
    public static VocabularySource FromVocabulary(BpeVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        string description = $"byte-level BPE vocabulary of {vocabulary.Entries.Count} entries";
        return new(
            description,
            () => Require(BpeTrainerOptions.RobertaSpecialTokens, "an encoder", nameof(BpeTrainerOptions.RobertaSpecialTokens)),
            () => SequenceTokenizer.ByteLevel(vocabulary.Entries, vocabulary.Merges),
            () => Require([GptTokenizer.EndOfText], "a GPT", $"[\"{GptTokenizer.EndOfText}\"]"),
            () => GptTokenizer.Of(vocabulary.Entries, vocabulary.Merges));

        void Require(IReadOnlyList<string> tokens, string network, string remedy)
        {
            string[] missing = [.. tokens.Except(vocabulary.SpecialTokens)];
            if (missing.Length > 0)
                throw new ArgumentException($"Vocabulary is a {description} whose special tokens are {(vocabulary.SpecialTokens.Count == 0 ? "none" : string.Join(" ", vocabulary.SpecialTokens))}; {network} expects {string.Join(" ", tokens)}, of which {string.Join(" ", missing)} is missing. Train it with {nameof(BpeTrainerOptions)}.{nameof(BpeTrainerOptions.SpecialTokens)} = {remedy}.");
        }
    }

    /// <summary>See <see cref="FromDirectory"/>.</summary>
    public static implicit operator VocabularySource(string directory) => FromDirectory(directory);

    /// <summary>See <see cref="FromVocabulary(WordPieceVocabulary)"/>.</summary>
    public static implicit operator VocabularySource(WordPieceVocabulary vocabulary) => FromVocabulary(vocabulary);

    /// <summary>See <see cref="FromVocabulary(BpeVocabulary)"/>.</summary>
    public static implicit operator VocabularySource(BpeVocabulary vocabulary) => FromVocabulary(vocabulary);

    /// <summary>Checks what can be known before <c>Fit</c>: a vocabulary in memory.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or lacks special tokens.</exception>
    internal void CheckForEncoder() => _checkEncoder();

    /// <summary>As <see cref="CheckForEncoder"/>.</summary>
    internal void CheckForGpt() => _checkGpt();

    internal SequenceTokenizer OpenForEncoder() => _encoder();

    internal GptTokenizer OpenForGpt() => _gpt();
}
