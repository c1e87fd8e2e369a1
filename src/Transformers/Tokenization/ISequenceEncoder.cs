namespace MLNet.Pretrain.Tokenization;

/// <summary>What makes the ids that a text network reads. Thread safe.</summary>
internal interface ISequenceEncoder
{
    /// <summary>Ids are 0 to this - 1.</summary>
    int VocabSize { get; }

    /// <summary>Fills rows of a batch.</summary>
    int PadTokenId { get; }

    /// <summary>Whether the second text of a pair is marked by type ids.</summary>
    bool HasTokenTypes { get; }

    /// <summary>Encodes one text, at most <paramref name="maxLength"/> ids.</summary>
    void Encode(ReadOnlySpan<char> text, int maxLength, TruncationStrategy truncation, EncodedText destination);

    /// <summary>Encodes a pair of texts.</summary>
    void EncodePair(ReadOnlySpan<char> text, ReadOnlySpan<char> pair, int maxLength, TruncationStrategy truncation, EncodedText destination);
}
