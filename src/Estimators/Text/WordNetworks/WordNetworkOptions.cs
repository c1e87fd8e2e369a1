namespace MLNet.Pretrain.Text;

/// <summary>How a network over word vectors is trained, whatever it makes of them: its words and vectors, and its loss.</summary>
public abstract class WordNetworkOptions : TextTrainingOptions, IClassificationOptions
{
    private protected WordNetworkOptions()
    {
        Epochs = 5;
        BatchSize = 64;
        LearningRate = 1e-3;
        WarmupRatio = 0;
        MaxLength = 256;
    }

    /// <summary>Word vectors to begin with: a file, loaded vectors, or a fitted <c>Word2Vec</c>, whose phrases are then joined here, too; default null: random ones.</summary>
    public WordVectorSource? Vectors { get; set; }

    /// <summary>What becomes of the vectors; default <see cref="WordEmbeddings.Tuned"/>.</summary>
    public WordEmbeddings Embeddings { get; set; } = WordEmbeddings.Tuned;

    /// <summary>Components of a word's vector where no <see cref="Vectors"/> are given; default 100, 1 or more.</summary>
    public int EmbeddingSize { get; set; } = 100;

    /// <summary>Dropout before the last layer, and between the layers of a <c>TextLstm</c>, in [0, 1); default 0.5.</summary>
    public double Dropout { get; set; } = 0.5;

    /// <summary>How texts become words; default letters and digits in lower case. <see cref="WordUnit.Character"/> suits Chinese.</summary>
    public WordSplitting Splitting { get; set; } = new();

    /// <summary>Rarer words of the training texts, and of transfer data, are unknown words, unless they have a given vector; default 1, 1 or more.</summary>
    public int MinCount { get; set; } = 1;

    /// <summary>The most words, those of the training texts and of transfer data first, then those of <see cref="Vectors"/> in their order; default 200,000, 1 or more. Beyond 20,000,000 different words the rarest are forgotten while counting.</summary>
    public int MaxVocabularySize { get; set; } = 200_000;

    /// <summary>Part of each label's mass spread over all classes, in [0, 1); default 0 (Szegedy et al. 2016). 0.1 calms noisy labels.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>One weight a class in the order of the label's keys, or of its values sorted where it is no key (false, true for binary), above 0; default null: all 1. A weight of 2 counts each row of the class twice; raise those of rare classes.</summary>
    public IReadOnlyList<double>? ClassWeights { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        this.ValidateLoss(owner);
        Check(owner, ScoringPrecision != ScoringPrecision.Int8, nameof(ScoringPrecision), ScoringPrecision, "Float32, BFloat16 or Auto: Int8 is for BERT-like encoders");
        Check(owner, Enum.IsDefined(Embeddings), nameof(Embeddings), Embeddings, $"one of {string.Join(", ", Enum.GetNames<WordEmbeddings>())}");
        Check(owner, Vectors is not null || Embeddings == WordEmbeddings.Tuned, nameof(Embeddings), Embeddings, "Tuned where no Vectors are given: random vectors that do not learn tell nothing");
        Check(owner, EmbeddingSize >= 1, nameof(EmbeddingSize), EmbeddingSize, "1 or more");
        Check(owner, Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "a number in [0, 1)");
        Check(owner, MinCount >= 1, nameof(MinCount), MinCount, "1 or more");
        Check(owner, MaxVocabularySize >= 1, nameof(MaxVocabularySize), MaxVocabularySize, "1 or more");
        WordSplitting.Validate(Splitting, owner);
        Check(owner, Vectors?.Splitter is not { } splitter || splitter.Splitting == Splitting, nameof(Splitting), Splitting, $"that of the fitted transformer in Vectors, {Vectors?.Splitter?.Splitting}, or its Vectors alone in place of it");
    }

    private protected static void Check(string owner, bool valid, string name, object? found, string expected)
    {
        if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found}; expected {expected}."));
    }
}
