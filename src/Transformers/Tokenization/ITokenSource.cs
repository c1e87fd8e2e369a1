using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>What <see cref="SequenceTokenizer"/> needs of a vocabulary: tokens of a text, the special tokens, its files.</summary>
internal interface ITokenSource
{
    Tokenizer Tokenizer { get; }

    int VocabSize { get; }

    int PadTokenId { get; }

    int ClsTokenId { get; }

    int SepTokenId { get; }

    int MaskTokenId { get; }

    int UnkTokenId { get; }

    bool HasTokenTypes { get; }

    /// <summary>Whether the space before a word is a part of its first token: then a text behind another one has to begin with a space.</summary>
    bool WordsCarrySpace { get; }

    /// <summary>Separators between the texts of a pair: 1 in BERT, 2 in RoBERTa.</summary>
    int SeparatorsBetween { get; }

    /// <summary>Appends at most <paramref name="maxTokens"/> tokens, and marks the sequence where the text had more.</summary>
    void Append(ReadOnlySpan<char> text, int maxTokens, EncodedText destination);

    /// <summary>An entry as the vocabulary has it; of byte-level vocabularies, the text it stands for.</summary>
    string TokenOf(int id);

    /// <summary>Whether the entry can begin a word, which then lasts until the next one that can.</summary>
    bool BeginsWord(int id);

    /// <summary>Adds a text's tokens to the uses of each id, those included that are needed to see that a word is unknown.</summary>
    void CountUses(ReadOnlySpan<char> text, Span<long> uses);

    /// <summary>A smaller vocabulary, ids in the old order. What makes any text readable stays as well: special tokens, single characters or bytes, what merges need.</summary>
    /// <param name="keep">By id, which entries are to be kept; those that stay as well are marked.</param>
    ITokenSource Reduce(Span<bool> keep);

    void Save(string directory);
}
