using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>How a WordPiece vocabulary is made.</summary>
public sealed record WordPieceTrainerOptions
{
    /// <summary>The most entries, special tokens included; default 30,000, about BERT's. Fewer where the texts run out of pairs.</summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>A pair of pieces seen less often makes no entry; default 2, 1 or more.</summary>
    public int MinPairCount { get; init; } = 2;

    /// <summary>The most different characters, the most frequent first; default 1,000, 1 or more. Words with others become the unknown token. Raise it for Chinese.</summary>
    public int MaxAlphabetSize { get; init; } = 1000;

    /// <summary>How texts become words, and the five special tokens; default: BERT's uncased rules. The model must be used with the same.</summary>
    public BertWordPieceOptions Tokenization { get; init; } = new();

    /// <summary>More entries behind the special tokens that stay whatever the texts hold, such as <c>[unused0]</c>; default none.</summary>
    public IReadOnlyList<string> AdditionalTokens { get; init; } = [];

    /// <summary>The most different words counted at once: above it the rarer half is forgotten, which bounds memory to about 0.5 kB a word. Default 2,000,000; 1,000 or more.</summary>
    public int MaxCountedWords { get; init; } = 2_000_000;

    /// <summary>Threads that count words, beside the one that reads; default null: one a processor. The vocabulary does not depend on it.</summary>
    public int? Workers { get; init; }

    /// <summary>Ends training soon with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    // In the order of bert-base-uncased's vocabulary, but without its gaps.
    internal IReadOnlyList<string> SpecialTokens =>
        [Tokenization.PaddingToken, Tokenization.UnknownToken, Tokenization.ClassificationToken, Tokenization.SeparatorToken, Tokenization.MaskToken, .. AdditionalTokens];

    internal void Validate()
    {
        const string Owner = nameof(WordPieceTrainer);
        ArgumentNullException.ThrowIfNull(Tokenization, nameof(Tokenization));
        ArgumentNullException.ThrowIfNull(AdditionalTokens, nameof(AdditionalTokens));
        if (Tokenization.MaxWordLength < 1) throw new ArgumentException($"{Owner}: MaxWordLength is {Tokenization.MaxWordLength}; expected 1 or more.");
        VocabularyChecks.Counts(Owner, MinPairCount, MaxCountedWords, Workers);
        if (MaxAlphabetSize < 1) throw new ArgumentException($"{Owner}: MaxAlphabetSize is {MaxAlphabetSize}; expected 1 or more.");
        VocabularyChecks.SpecialTokens(Owner, SpecialTokens);
        int least = SpecialTokens.Count + 1;
        if (VocabularySize < least) throw new ArgumentException($"{Owner}: VocabularySize is {VocabularySize}; expected {least} or more: {SpecialTokens.Count} special tokens and the characters of the texts.");
    }
}
