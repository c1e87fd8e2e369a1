using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The shape of a BERT or RoBERTa encoder with random weights. It knows nothing of language yet: pretrain it, or expect it to do about as well as bag of words.
/// </summary>
public sealed record ScratchEncoder
{
    private const int DefaultVocabularySize = 8192;

    /// <summary>Transformer layers.</summary>
    public int LayerCount { get; init; } = 4;

    /// <summary>Width of the hidden states; a multiple of <see cref="HeadCount"/>.</summary>
    public int HiddenSize { get; init; } = 256;

    /// <summary>Attention heads a layer.</summary>
    public int HeadCount { get; init; } = 4;

    /// <summary>Width of the feed-forward layer; 0 = four times <see cref="HiddenSize"/>.</summary>
    public int IntermediateSize { get; init; }

    /// <summary>The longest sequence, in tokens.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Dropout on hidden states and attention, in [0, 1).</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>
    /// The vocabulary: a trained one or a directory with a tokenizer's files. WordPiece makes a BERT, byte-level BPE with
    /// <see cref="BpeTrainerOptions.RobertaSpecialTokens"/> a RoBERTa. Default null: a WordPiece vocabulary is made from the texts.
    /// </summary>
    public VocabularySource? Vocabulary { get; init; }

    /// <summary>The most entries of the vocabulary made from the texts; fewer where the texts have fewer. Default null: 8,192; 100 or more. Only where <see cref="Vocabulary"/> is null.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>
    /// The most different characters of the vocabulary made from the texts, the most frequent first; words with others become the unknown token. Default null:
    /// 1,000, and no more than half of the vocabulary; 1 or more. For Chinese 6,000 or more. Only where <see cref="Vocabulary"/> is null.
    /// </summary>
    public int? MaxAlphabetSize { get; init; }

    /// <summary>Whether texts are lower-cased and stripped of accents. Default null: true; a <see cref="Vocabulary"/> has its own rules, and then this stays null.</summary>
    public bool? LowerCase { get; init; }

    /// <summary>Whether the network has BERT's pooler; without it a classifier averages over the tokens, which learns faster from scratch. Not with a byte-level vocabulary: RoBERTa has none.</summary>
    public bool Pooler { get; init; }

    internal void Validate()
    {
        if (VocabularySize < 100) throw new ArgumentException($"VocabularySize is {VocabularySize}; expected 100 or more.");
        if (MaxAlphabetSize < 1) throw new ArgumentException($"MaxAlphabetSize is {MaxAlphabetSize}; expected 1 or more.");
        if (Vocabulary is { } vocabulary)
        {
            Unset(VocabularySize, nameof(VocabularySize));
            Unset(MaxAlphabetSize, nameof(MaxAlphabetSize));
            Unset(LowerCase, nameof(LowerCase));
            vocabulary.CheckForEncoder();
        }
        Config(VocabularySize ?? DefaultVocabularySize).Validate();

        void Unset(object? value, string name)
        {
            if (value is not null) throw new ArgumentException($"{name} is {value} and Vocabulary is set ({Vocabulary.Description}), which has its own; expected one of them. Remove {name}, or Vocabulary to have one made from the texts.");
        }
    }

    internal TextModel<TextEncoder> Build(IEnumerable<ReadOnlyMemory<char>> texts, int seed)
    {
        TorchRuntime.EnsureLoaded();
        SequenceTokenizer tokenizer = Vocabulary?.OpenForEncoder() ?? MakeVocabulary(texts);
        TextEncoderConfig config = Config(tokenizer);
        return new TextModel<TextEncoder>(new TextEncoder(config, seed), tokenizer, new CheckpointConfig(config));
    }

    private SequenceTokenizer MakeVocabulary(IEnumerable<ReadOnlyMemory<char>> texts)
    {
        int size = VocabularySize ?? DefaultVocabularySize;
        var options = new WordPieceTrainerOptions { VocabularySize = size, Tokenization = new() { LowerCase = LowerCase ?? true } };
        // A character takes two entries at most; a small vocabulary takes the most frequent ones rather than none.
        int characters = MaxAlphabetSize ?? Math.Min(options.MaxAlphabetSize, (size - options.SpecialTokens.Count) / 2);
        return SequenceTokenizer.WordPiece(new WordPieceTrainer(options with { MaxAlphabetSize = characters }).Train(texts, source: null).Tokenizer);
    }

    private TextEncoderConfig Config(SequenceTokenizer tokenizer)
    {
        TextEncoderConfig config = Config(tokenizer.VocabSize) with { PadTokenId = tokenizer.PadTokenId };
        if (tokenizer.HasTokenTypes) return config;
        if (Pooler) throw new ArgumentException("Pooler is true, but the vocabulary is byte-level, which makes a RoBERTa, and its checkpoints keep no pooler; expected false. Remove Pooler, or use a WordPiece vocabulary.");
        // What RoBERTa has otherwise than BERT (Liu et al. 2019); positions up to the padding's are not a token's.
        return config with { Family = TextEncoderFamily.Roberta, MaxPositions = MaxPositions + config.PadTokenId + 1, TypeVocabSize = 1, LayerNormEpsilon = 1e-5 };
    }

    private TextEncoderConfig Config(int vocabSize) => new()
    {
        VocabSize = vocabSize,
        HiddenSize = HiddenSize,
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        IntermediateSize = IntermediateSize == 0 ? 4 * HiddenSize : IntermediateSize,
        MaxPositions = MaxPositions,
        HiddenDropout = Dropout,
        AttentionDropout = Dropout,
        HasPooler = Pooler,
    };
}
