using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How a convolutional network over words is trained (Kim 2014). The defaults inherited from <see cref="TrainingOptions"/> are set for training from scratch.</summary>
public sealed class TextCnnOptions : TextTrainingOptions, IClassificationOptions
{
    /// <summary>Sets the defaults: 5 epochs of batches of 64, learning rate 1e-3 without warm-up, rows of up to 256 words.</summary>
    public TextCnnOptions()
    {
        Epochs = 5;
        BatchSize = 64;
        LearningRate = 1e-3;
        WarmupRatio = 0;
        MaxLength = 256;
    }

    /// <summary>Word vectors to begin with: a file, loaded vectors, or a fitted <c>Word2Vec</c>, whose phrases are then joined here, too; default null: random ones.</summary>
    public WordVectorSource? Vectors { get; set; }

    /// <summary>What becomes of the vectors; default <see cref="TextCnnEmbeddings.Tuned"/>.</summary>
    public TextCnnEmbeddings Embeddings { get; set; } = TextCnnEmbeddings.Tuned;

    /// <summary>Components of a word's vector where no <see cref="Vectors"/> are given; default 100, 1 or more.</summary>
    public int EmbeddingSize { get; set; } = 100;

    /// <summary>Words that each kind of filter spans; default 3, 4, 5. 2, 3, 4 for characters.</summary>
    public IReadOnlyList<int> FilterWidths { get; set; } = [3, 4, 5];

    /// <summary>Filters of each width; default 100, 1 or more.</summary>
    public int FeatureMaps { get; set; } = 100;

    /// <summary>Dropout before the last layer, in [0, 1); default 0.5.</summary>
    public double Dropout { get; set; } = 0.5;

    /// <summary>The last layer's weights of each class are kept this short; default 3, 0 = they are not.</summary>
    public double MaxNorm { get; set; } = 3;

    /// <summary>How texts become words; default letters and digits in lower case. <see cref="WordUnit.Character"/> suits Chinese.</summary>
    public WordSplitting Splitting { get; set; } = new();

    /// <summary>Rarer words of the training texts are unknown words, unless they have a given vector; default 1, 1 or more.</summary>
    public int MinCount { get; set; } = 1;

    /// <summary>The most words, those of the training texts first, then those of <see cref="Vectors"/> in their order; default 200,000, 1 or more. Beyond 20,000,000 different words the rarest are forgotten while counting.</summary>
    public int MaxVocabularySize { get; set; } = 200_000;

    /// <summary>Part of each label's mass spread over all classes, in [0, 1); default 0 (Szegedy et al. 2016). 0.1 calms noisy labels.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>One weight a class in the order of the label's keys, or of its values sorted where it is no key (false, true for binary), above 0; default null: all 1. A weight of 2 counts each row of the class twice; raise those of rare classes.</summary>
    public IReadOnlyList<double>? ClassWeights { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        this.ValidateLoss(owner);
        Check(Enum.IsDefined(Embeddings), nameof(Embeddings), Embeddings, $"one of {string.Join(", ", Enum.GetNames<TextCnnEmbeddings>())}");
        Check(Vectors is not null || Embeddings == TextCnnEmbeddings.Tuned, nameof(Embeddings), Embeddings, "Tuned where no Vectors are given: random vectors that do not learn tell nothing");
        Check(EmbeddingSize >= 1, nameof(EmbeddingSize), EmbeddingSize, "1 or more");
        Check(FilterWidths is { Count: > 0 } && FilterWidths.All(w => w is >= 1 and <= 100), nameof(FilterWidths), string.Join(", ", FilterWidths ?? []), "one width or more, each from 1 to 100");
        Check(FeatureMaps >= 1, nameof(FeatureMaps), FeatureMaps, "1 or more");
        Check(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "a number in [0, 1)");
        Check(MaxNorm >= 0 && double.IsFinite(MaxNorm), nameof(MaxNorm), MaxNorm, "0 (no limit) or more");
        Check(MaxNorm == 0 || Precision == TrainingPrecision.Float32, nameof(MaxNorm), MaxNorm, "0 unless Precision is Float32: it would not reach the 32-bit weights beside bfloat16 ones");
        Check(MinCount >= 1, nameof(MinCount), MinCount, "1 or more");
        Check(MaxVocabularySize >= 1, nameof(MaxVocabularySize), MaxVocabularySize, "1 or more");
        WordSplitting.Validate(Splitting, owner);
        Check(Vectors?.Splitter is not { } splitter || splitter.Splitting == Splitting, nameof(Splitting), Splitting, $"that of the fitted transformer in Vectors, {Vectors?.Splitter?.Splitting}, or its Vectors alone in place of it");

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found}; expected {expected}."));
        }
    }
}
