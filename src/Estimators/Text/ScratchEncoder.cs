using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The shape of a BERT encoder with random weights. It knows nothing of language yet: pretrain it, or expect it to do about as well as bag of words.
/// </summary>
public sealed record ScratchEncoder
{
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

    /// <summary>The most entries of the vocabulary made from the texts; fewer where the texts have fewer.</summary>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>Whether texts are lower-cased and stripped of accents.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Whether the network has BERT's pooler; without it a classifier averages over the tokens, which learns faster from scratch.</summary>
    public bool Pooler { get; init; }

    internal void Validate()
    {
        if (VocabularySize < 100) throw new ArgumentException($"VocabularySize is {VocabularySize}; expected 100 or more.");
        Config(VocabularySize).Validate();
    }

    internal TextModel<TextEncoder> Build(IEnumerable<ReadOnlyMemory<char>> texts, int seed)
    {
        TorchRuntime.EnsureLoaded();
        var options = new WordPieceTrainerOptions { VocabularySize = VocabularySize, Tokenization = new() { LowerCase = LowerCase } };
        // A character takes two entries at most; a small vocabulary takes the most frequent ones rather than none.
        int characters = Math.Min(options.MaxAlphabetSize, (VocabularySize - options.SpecialTokens.Count) / 2);
        WordPieceVocabulary vocabulary = new WordPieceTrainer(options with { MaxAlphabetSize = characters }).Train(texts, source: null);
        TextEncoderConfig config = Config(vocabulary.Entries.Count);
        return new TextModel<TextEncoder>(new TextEncoder(config, seed), SequenceTokenizer.WordPiece(vocabulary.Tokenizer), new CheckpointConfig(config));
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
