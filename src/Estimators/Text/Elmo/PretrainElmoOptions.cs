using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>
/// How an ELMo is pretrained (Peters et al. 2018) and which of its vectors the column holds. The defaults are a network for a processor; the paper's is
/// <see cref="CellSize"/> 4096, <see cref="ProjectionSize"/> 512 and the filters of <see cref="ElmoConfig.Filters"/>, trained on 800 million words. Those
/// inherited from <see cref="TrainingOptions"/> are set for training from scratch.
/// </summary>
public sealed class PretrainElmoOptions : TrainingOptions
{
    /// <summary>Sets the defaults: 3 epochs of batches of 32 rows, learning rate 2e-3, no weight decay.</summary>
    public PretrainElmoOptions()
    {
        BatchSize = 32;
        LearningRate = 2e-3;
        WarmupRatio = 0.02;
        WeightDecay = 0;
    }

    /// <summary>Column to add with every word's vector: a <c>Vector&lt;Single&gt;</c> of unknown size holding words x vector size, row-major. Default null: none.</summary>
    [OutputOnly]
    public string? TokensColumnName { get; set; }

    /// <summary>The one layer that vectors come from: 0 = the words' own vectors, without context; i = LSTM layer i; -1 = the last. Default null: a mix of all.</summary>
    [OutputOnly]
    public int? Layer { get; set; }

    /// <summary>One number a layer, layer 0 first; their softmax weighs the layers (Peters et al. 2018, equation 1). Default null: all alike. Only where <see cref="Layer"/> is null.</summary>
    public IReadOnlyList<float>? MixWeights { get; set; }

    /// <summary>Scales the mix; default 1, any number but 0. Only where <see cref="Layer"/> is null.</summary>
    [OutputOnly]
    public float MixScale { get; set; } = 1;

    /// <summary>How word vectors become the text's vector: <see cref="Pooling.Mean"/> (default) or <see cref="Pooling.Max"/>.</summary>
    [OutputOnly]
    public Pooling Pooling { get; set; } = Pooling.Mean;

    /// <summary>LSTM layers; default 2 (Peters et al. 2018), 1 or more.</summary>
    public int LayerCount { get; set; } = 2;

    /// <summary>Cells of an LSTM layer a direction; default 512, 1 or more.</summary>
    public int CellSize { get; set; } = 512;

    /// <summary>Components of a layer's output a direction, half of a vector's; default 128, 1 or more.</summary>
    public int ProjectionSize { get; set; } = 128;

    /// <summary>Components of a character's vector; default 16 (Peters et al. 2018), 1 or more.</summary>
    public int CharacterEmbeddingSize { get; set; } = 16;

    /// <summary>Convolutions over a word's characters; default 32, 32, 64 and 128 filters of the widths 1 to 4.</summary>
    public IReadOnlyList<CharacterFilters> Filters { get; set; } = [new(1, 32), new(2, 32), new(3, 64), new(4, 128)];

    /// <summary>Highway layers behind the convolutions; default 1, 0 or more. The paper has 2.</summary>
    public int HighwayLayerCount { get; set; } = 1;

    /// <summary>Bytes of a word that are read, its begin and end included; default 50 (Peters et al. 2018), 3 or more.</summary>
    public int MaxCharacters { get; set; } = 50;

    /// <summary>LSTM cells are kept within plus and minus this; default 3 (Peters et al. 2018), above 0.</summary>
    public double CellClip { get; set; } = 3;

    /// <summary>Outputs of LSTM layers are kept within plus and minus this; default 3 (Peters et al. 2018), above 0.</summary>
    public double ProjectionClip { get; set; } = 3;

    /// <summary>Dropout on each LSTM layer's input and on the last output, in [0, 1); default 0.1 (Peters et al. 2018). 0 where a small network sees large text once.</summary>
    public double Dropout { get; set; } = 0.1;

    /// <summary>Random words against each right one, shared by a batch, instead of the whole softmax (Jean et al. 2015); default null: the whole softmax up to 10,000 words, 4,000 random ones beyond; 0 = always the whole; else 1 or more.</summary>
    public int? SampledWords { get; set; }

    /// <summary>Words seen less often are foreseen as unknown words; default 2, 1 or more. As inputs they are read through their characters like any word.</summary>
    public int MinCount { get; set; } = 2;

    /// <summary>The most words that are foreseen, the most frequent first; default 50,000, 1 or more.</summary>
    public int MaxVocabularySize { get; set; } = 50_000;

    /// <summary>
    /// The most different words whose characters are kept while training, the most frequent first; default 1,000,000 (100 MB), 1 or more. Rarer words are one
    /// word without characters then. Scoring knows no such limit.
    /// </summary>
    public int MaxWordForms { get; set; } = 1_000_000;

    /// <summary>Longer texts are cut into rows of this many words, in training and in scoring alike; default 64, 3 or more; a text's beginning and end count as words. No row knows the words of another, but for the one that neighbours share.</summary>
    public int MaxSentenceLength { get; set; } = 64;

    /// <summary>How texts become words; not used where the input column holds tokens, but for the case. Default: words as they are written, because their characters are read.</summary>
    public WordSplitting Splitting { get; set; } = new() { Lowercase = false };

    /// <summary>Texts to evaluate on, with the input column. Default null: none, or <see cref="TrainingOptions.ValidationFraction"/> of the rows, drawn at random: rows of long texts may then be of texts that are trained on, too.</summary>
    public IDataView? ValidationData { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        CheckValidation(owner, ValidationData);
        Check(MaxCharacters >= 3, nameof(MaxCharacters), MaxCharacters, "3 or more");
        Check(Filters is not null, nameof(Filters), null, "one width or more");
        Check(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "a number in [0, 1)");
        Check(SampledWords is null or >= 0, nameof(SampledWords), SampledWords, "null, 0 (the whole softmax) or more");
        Check(MinCount >= 1, nameof(MinCount), MinCount, "1 or more");
        Check(MaxVocabularySize >= 1, nameof(MaxVocabularySize), MaxVocabularySize, "1 or more");
        Check(MaxWordForms >= 1, nameof(MaxWordForms), MaxWordForms, "1 or more");
        Check(MaxSentenceLength >= 3, nameof(MaxSentenceLength), MaxSentenceLength, "3 or more");
        WordSplitting.Validate(Splitting, owner);
        try
        {
            Network(2).Validate();
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{owner}: {e.Message}", e);
        }

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }

    internal ElmoConfig Network(int vocabularySize) => new()
    {
        CharacterCount = ElmoCharacters.Count,
        CharacterEmbeddingSize = CharacterEmbeddingSize,
        Filters = [.. Filters],
        HighwayLayerCount = HighwayLayerCount,
        MaxCharacters = MaxCharacters,
        ProjectionSize = ProjectionSize,
        CellSize = CellSize,
        LayerCount = LayerCount,
        CellClip = CellClip,
        ProjectionClip = ProjectionClip,
        Dropout = Dropout,
        VocabularySize = vocabularySize,
    };

    internal ElmoFeatureOptions Features(string outputColumnName, string inputColumnName) => new()
    {
        InputColumnName = inputColumnName,
        OutputColumnName = outputColumnName,
        TokensColumnName = TokensColumnName,
        Layer = Layer,
        MixWeights = MixWeights is null ? null : [.. MixWeights],
        MixScale = MixScale,
        Pooling = Pooling,
    };

    /// <summary>How many words are sampled for a vocabulary; 0 = the whole softmax.</summary>
    internal int SampledOf(int vocabularySize)
    {
        const int WholeUpTo = 10_000, Default = 4_000;
        int wanted = SampledWords ?? (vocabularySize > WholeUpTo ? Default : 0);
        return wanted >= vocabularySize ? 0 : wanted;
    }
}
