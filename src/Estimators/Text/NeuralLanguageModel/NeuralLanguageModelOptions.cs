using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How a neural language model is trained (Bengio et al. 2003) and how a text's vector is made of its words' vectors. The defaults inherited from <see cref="TrainingOptions"/> are set for training from scratch.</summary>
public sealed class NeuralLanguageModelOptions : TrainingOptions
{
    /// <summary>Sets the defaults: 3 epochs of batches of 4 texts (each word of them is an example), learning rate 3e-3, no weight decay.</summary>
    public NeuralLanguageModelOptions()
    {
        BatchSize = 4;
        LearningRate = 3e-3;
        WarmupRatio = 0.02;
        WeightDecay = 0;
    }

    /// <summary>Words before the one that is predicted; default 4, from 1 to 100.</summary>
    public int ContextSize { get; set; } = 4;

    /// <summary>Components of a word's vector; default 100, 1 or more.</summary>
    public int VectorSize { get; set; } = 100;

    /// <summary>Units of the tanh layer; default 200; 0 = none, which needs <see cref="DirectConnections"/>.</summary>
    public int HiddenSize { get; set; } = 200;

    /// <summary>Whether the context's vectors are joined to the output directly, too; default false. Bengio et al. found no gain in perplexity and a faster start.</summary>
    public bool DirectConnections { get; set; }

    /// <summary>Dropout on the context's vectors and the tanh layer, in [0, 1); default 0. 0.4 to 0.5 pays on texts of less than a million words: perplexity 155 instead of 177 on 0.2 million.</summary>
    public double Dropout { get; set; }

    /// <summary>Random words against each right one, shared by a batch, instead of the whole softmax (Jean et al. 2015); default null: the whole softmax up to 20,000 words, 2,000 random ones beyond; 0 = always the whole; else 1 or more.</summary>
    public int? SampledWords { get; set; }

    /// <summary>Words seen less often are unknown words; default 2, 1 or more.</summary>
    public int MinCount { get; set; } = 2;

    /// <summary>The most words kept, the most frequent first; default 50,000, 1 or more. Beyond 20,000,000 different words the rarest are forgotten while counting.</summary>
    public int MaxVocabularySize { get; set; } = 50_000;

    /// <summary>Longer texts are cut into pieces of this many words; default 128, 2 or more. A piece after the first knows the words before it.</summary>
    public int MaxSentenceLength { get; set; } = 128;

    /// <summary>How texts become words; not used where the input column holds tokens, but for the case.</summary>
    public WordSplitting Splitting { get; set; } = new();

    /// <summary>How word vectors become the text's vector; default their mean.</summary>
    [OutputOnly]
    public WordVectorPooling Pooling { get; set; } = WordVectorPooling.Mean;

    /// <summary>The a of <see cref="WordVectorPooling.SmoothInverseFrequency"/>; default 1e-3, above 0: lower weighs frequent words less.</summary>
    [OutputOnly]
    public double SmoothingWeight { get; set; } = 1e-3;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        Check(ContextSize is >= 1 and <= 100, nameof(ContextSize), ContextSize, "1 to 100");
        Check(VectorSize >= 1, nameof(VectorSize), VectorSize, "1 or more");
        Check(HiddenSize >= 0 && (HiddenSize > 0 || DirectConnections), nameof(HiddenSize), HiddenSize, "1 or more, or 0 with DirectConnections");
        Check(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "a number in [0, 1)");
        Check(SampledWords is null or >= 0, nameof(SampledWords), SampledWords, "null, 0 (the whole softmax) or more");
        Check(MinCount >= 1, nameof(MinCount), MinCount, "1 or more");
        Check(MaxVocabularySize >= 1, nameof(MaxVocabularySize), MaxVocabularySize, "1 or more");
        Check(MaxSentenceLength >= 2, nameof(MaxSentenceLength), MaxSentenceLength, "2 or more");
        Check(Enum.IsDefined(Pooling), nameof(Pooling), Pooling, $"one of {string.Join(", ", Enum.GetNames<WordVectorPooling>())}");
        Check(SmoothingWeight > 0 && double.IsFinite(SmoothingWeight), nameof(SmoothingWeight), SmoothingWeight, "a number above 0, such as 1e-3");
        WordSplitting.Validate(Splitting, owner);

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }

    internal NeuralLanguageModelConfig Network(int vocabularySize) => new()
    {
        VocabularySize = vocabularySize,
        ContextSize = ContextSize,
        EmbeddingSize = VectorSize,
        HiddenSize = HiddenSize,
        DirectConnections = DirectConnections,
        Dropout = Dropout,
    };

    /// <summary>How many words are sampled for a vocabulary; 0 = the whole softmax.</summary>
    internal int SampledOf(int vocabularySize)
    {
        const int WholeUpTo = 20_000, Default = 2_000;
        int wanted = SampledWords ?? (vocabularySize > WholeUpTo ? Default : 0);
        return wanted >= vocabularySize ? 0 : wanted;
    }
}
