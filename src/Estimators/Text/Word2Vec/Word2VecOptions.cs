namespace MLNet.Pretrain.Text;

/// <summary>How word vectors are trained (Mikolov et al. 2013a, 2013b) and how a text's vector is made of them.</summary>
public sealed record Word2VecOptions
{
    /// <summary>Components of a vector; default 100, from 1 to 10,000.</summary>
    public int VectorSize { get; init; } = 100;

    /// <summary>Which words predict which; default <see cref="Word2VecArchitecture.SkipGram"/>.</summary>
    public Word2VecArchitecture Architecture { get; init; } = Word2VecArchitecture.SkipGram;

    /// <summary>How the softmax is made cheap; default <see cref="Word2VecLoss.NegativeSampling"/>.</summary>
    public Word2VecLoss Loss { get; init; } = Word2VecLoss.NegativeSampling;

    /// <summary>Random words against each right one; default 5, from 1 to 100. All words of a window share them (Ji et al. 2016).</summary>
    public int NegativeSamples { get; init; } = 5;

    /// <summary>Negatives are drawn in proportion to count to this power; default 0.75, from -2 to 2. Lower favours rare words.</summary>
    public double NegativeSamplingExponent { get; init; } = 0.75;

    /// <summary>Words to each side that count as context; default 5, from 1 to 1,000.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Whether each window is shrunk to a random size, which weighs near words more; default true.</summary>
    public bool DynamicWindow { get; init; } = true;

    /// <summary>Words seen less often are left out; default 5, 1 or more.</summary>
    public int MinCount { get; init; } = 5;

    /// <summary>The most words kept, the most frequent first; default null: no limit; else 1 or more.</summary>
    public int? MaxVocabularySize { get; init; }

    /// <summary>The most different words counted at once: beyond it the rarest are forgotten, which bounds memory. Default 20,000,000; 1,000 or more.</summary>
    public int MaxCountedWords { get; init; } = WordCounter.DefaultLimit;

    /// <summary>Words whose share of the corpus is above this are left out at random, the more the more frequent; default 1e-3, 0 = none are. 1e-5 on large corpora.</summary>
    public double SubsamplingThreshold { get; init; } = 1e-3;

    /// <summary>How the window's vectors become one in CBOW; default their mean.</summary>
    public CbowContext CbowContext { get; init; } = CbowContext.Mean;

    /// <summary>Passes over the corpus; default 5, 1 or more.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>First learning rate; default null: 0.025 for skip-gram, 0.05 for CBOW; else above 0.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The learning rate falls in a straight line to this; default 1e-4, 0 or more.</summary>
    public double MinLearningRate { get; init; } = 1e-4;

    /// <summary>Longer rows are cut into sentences of this many words; default 1,000, from 2 to 10,000. Windows do not reach across.</summary>
    public int MaxSentenceLength { get; init; } = 1000;

    /// <summary>Threads that train at once on the same weights (Recht et al. 2011); default null: one a processor. 1 makes runs of one seed equal.</summary>
    public int? Workers { get; init; }

    /// <summary>Seed of first weights, windows, sub-sampling and negatives; default null: drawn from the MLContext.</summary>
    public int? Seed { get; init; }

    /// <summary>How texts become words; not used where the input column holds tokens, but for the case.</summary>
    public WordSplitting Splitting { get; init; } = new();

    /// <summary>Joins words that make phrases first; default null: none.</summary>
    public PhraseOptions? Phrases { get; init; }

    /// <summary>Learns vectors of character n-grams, too, so that unseen words get vectors; default null: not.</summary>
    public SubwordOptions? Subwords { get; init; }

    /// <summary>How word vectors become the text's vector; default their mean.</summary>
    public WordVectorPooling Pooling { get; init; } = WordVectorPooling.Mean;

    /// <summary>The a of <see cref="WordVectorPooling.SmoothInverseFrequency"/>; default 1e-3, above 0: lower weighs frequent words less.</summary>
    public double SmoothingWeight { get; init; } = 1e-3;

    /// <summary>Told of progress a few times a second, in order and never twice at once, on whichever training thread made it. Default null.</summary>
    public IProgress<Word2VecProgress>? Progress { get; init; }

    /// <summary>Ends training soon with an <see cref="OperationCanceledException"/>. <c>MLContext.CancelExecution</c> of Microsoft.ML.Experimental does the same.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal double StartRate => LearningRate ?? (Architecture == Word2VecArchitecture.SkipGram ? 0.025 : 0.05);

    internal void Validate(string owner)
    {
        Check(VectorSize is >= 1 and <= 10_000, nameof(VectorSize), VectorSize, "1 to 10,000");
        Check(Enum.IsDefined(Architecture), nameof(Architecture), Architecture, $"one of {string.Join(", ", Enum.GetNames<Word2VecArchitecture>())}");
        Check(Enum.IsDefined(Loss), nameof(Loss), Loss, $"one of {string.Join(", ", Enum.GetNames<Word2VecLoss>())}");
        Check(NegativeSamples is >= 1 and <= 100, nameof(NegativeSamples), NegativeSamples, "1 to 100");
        Check(NegativeSamplingExponent is >= -2 and <= 2, nameof(NegativeSamplingExponent), NegativeSamplingExponent, "a number from -2 to 2");
        Check(Window is >= 1 and <= 1000, nameof(Window), Window, "1 to 1,000");
        Check(MinCount >= 1, nameof(MinCount), MinCount, "1 or more");
        Check(MaxVocabularySize is null or >= 1, nameof(MaxVocabularySize), MaxVocabularySize, "null or 1 or more");
        Check(MaxCountedWords >= 1000, nameof(MaxCountedWords), MaxCountedWords, "1,000 or more");
        Check(SubsamplingThreshold >= 0 && double.IsFinite(SubsamplingThreshold), nameof(SubsamplingThreshold), SubsamplingThreshold, "0 (off) or more, such as 1e-3");
        Check(Enum.IsDefined(CbowContext), nameof(CbowContext), CbowContext, $"one of {string.Join(", ", Enum.GetNames<CbowContext>())}");
        Check(Epochs >= 1, nameof(Epochs), Epochs, "1 or more");
        Check(LearningRate is null || (LearningRate > 0 && double.IsFinite(LearningRate.Value)), nameof(LearningRate), LearningRate, "null or a number above 0");
        Check(MinLearningRate >= 0 && MinLearningRate <= StartRate, nameof(MinLearningRate), MinLearningRate, $"a number from 0 to the learning rate, {StartRate}");
        Check(MaxSentenceLength is >= 2 and <= 10_000, nameof(MaxSentenceLength), MaxSentenceLength, "2 to 10,000");
        Check(Workers is null or >= 1, nameof(Workers), Workers, "null or 1 or more");
        Check(Enum.IsDefined(Pooling), nameof(Pooling), Pooling, $"one of {string.Join(", ", Enum.GetNames<WordVectorPooling>())}");
        Check(SmoothingWeight > 0 && double.IsFinite(SmoothingWeight), nameof(SmoothingWeight), SmoothingWeight, "a number above 0, such as 1e-3");
        WordSplitting.Validate(Splitting, owner);
        Phrases?.Validate(owner);
        Subwords?.Validate(owner);

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }
}
