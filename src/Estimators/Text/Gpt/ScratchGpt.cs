using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>The shape of a GPT with random weights, for pretraining.</summary>
public sealed record ScratchGpt
{
    private const int ByteVocabulary = 257;

    /// <summary>Transformer blocks; default 4, 1 or more.</summary>
    public int LayerCount { get; init; } = 4;

    /// <summary>Width of the hidden states; default 256, a multiple of <see cref="HeadCount"/>.</summary>
    public int HiddenSize { get; init; } = 256;

    /// <summary>Attention heads a block; default 4, 1 or more.</summary>
    public int HeadCount { get; init; } = 4;

    /// <summary>Width of the feed-forward layer; default 0 = four times <see cref="HiddenSize"/>.</summary>
    public int IntermediateSize { get; init; }

    /// <summary>The longest sequence, in tokens; default 256, 1 or more.</summary>
    public int MaxPositions { get; init; } = 256;

    /// <summary>The feed-forward non-linearity; default the exact Gelu. GPT-2 has its tanh form, which differs by less than 0.001.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Dropout on embeddings, attention and the residual stream; default 0.1, in [0, 1). 0 where the text is seen about once.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Standard deviation of the initial weights; default 0.02, above 0.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>
    /// The vocabulary: a trained byte-level one, whose special tokens hold <c>&lt;|endoftext|&gt;</c>, or a directory with <c>vocab.json</c> and <c>merges.txt</c>.
    /// Default null: as <see cref="VocabularySize"/> says.
    /// </summary>
    public VocabularySource? Vocabulary { get; init; }

    /// <summary>Tokens of the vocabulary; default 0 = 257: the 256 bytes and the separator of documents, which makes a character model of English. More: byte-level BPE, learnt from the texts (<see cref="BpeTrainer"/>); fewer where the texts run out of pairs. Only where <see cref="Vocabulary"/> is null.</summary>
    public int VocabularySize { get; init; }

    internal void Validate()
    {
        if (VocabularySize is not (0 or >= ByteVocabulary)) throw new ArgumentException($"VocabularySize is {VocabularySize}; expected 0 (the bytes) or {ByteVocabulary} or more.");
        if (Vocabulary is { } vocabulary)
        {
            if (VocabularySize != 0) throw new ArgumentException($"VocabularySize is {VocabularySize} and Vocabulary is set ({vocabulary.Description}), which has its own size; expected one of them. Remove VocabularySize, or Vocabulary to have one made from the texts.");
            vocabulary.CheckForGpt();
        }
        if (!(InitializerRange > 0 && double.IsFinite(InitializerRange))) throw new ArgumentException(FormattableString.Invariant($"InitializerRange is {InitializerRange}; expected a number above 0."));
        Config(ByteVocabulary).Validate();
    }

    internal GptModel Build(IEnumerable<ReadOnlyMemory<char>> texts, int seed, Func<GptConfig, GptConfig> change)
    {
        TorchRuntime.EnsureLoaded();
        GptTokenizer tokenizer = Vocabulary?.OpenForGpt() ?? MakeVocabulary(texts);
        return new GptModel(new GptDecoder(change(Config(tokenizer.VocabSize)), seed), tokenizer);
    }

    private GptTokenizer MakeVocabulary(IEnumerable<ReadOnlyMemory<char>> texts)
    {
        if (VocabularySize is 0 or ByteVocabulary) return GptTokenizer.Bytes();
        BpeVocabulary vocabulary = new BpeTrainer(new() { VocabularySize = VocabularySize }).Train(texts, "the text column");
        return GptTokenizer.Of(vocabulary.Entries, vocabulary.Merges);
    }

    private GptConfig Config(int vocabSize) => new()
    {
        VocabSize = vocabSize,
        HiddenSize = HiddenSize,
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        IntermediateSize = IntermediateSize,
        MaxPositions = MaxPositions,
        Activation = Activation,
        EmbeddingDropout = Dropout,
        ResidualDropout = Dropout,
        AttentionDropout = Dropout,
        InitializerRange = InitializerRange,
    };
}
