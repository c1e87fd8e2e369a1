namespace MLNet.Pretrain.Text;

/// <summary>What a <see cref="QuestionAnsweringTransformer"/> reads, gives and how it computes it. Saved with it.</summary>
public sealed record QuestionAnsweringOptions
{
    /// <summary>Column of the question; default <c>Question</c>.</summary>
    public string QuestionColumnName { get; init; } = "Question";

    /// <summary>Column of the text that holds the answer; default <c>Context</c>.</summary>
    public string ContextColumnName { get; init; } = "Context";

    /// <summary>Column to add with the answer, cut out of the context; default <c>PredictedAnswer</c>. Its place stands in columns of this name with <c>Start</c> and <c>Length</c> behind it.</summary>
    public string OutputColumnName { get; init; } = "PredictedAnswer";

    /// <summary>Column to add with the answer's score, the log-odds of the best answer against there being none; the lowest number there is where the context has no word; default <c>Score</c>.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>Tokens of a window, question and special tokens included; default 384 (Devlin et al. 2018), at most what the encoder takes; 0 = that.</summary>
    public int MaxLength { get; init; } = 384;

    /// <summary>Tokens from the beginning of a window to that of the next one; default 128. Where a window holds fewer of the context, the next one follows it without a gap.</summary>
    public int Stride { get; init; } = 128;

    /// <summary>Longer questions are cut after this many tokens; default 64, 1 or more.</summary>
    public int MaxQuestionLength { get; init; } = 64;

    /// <summary>The most tokens of an answer; default 30, 1 or more.</summary>
    public int MaxAnswerLength { get; init; } = 30;

    /// <summary>An answer that scores lower is none: an empty text at -1, beside its score. Default null: there is always one. 0 is even odds; choose it on validation rows.</summary>
    public float? NoAnswerThreshold { get; init; }

    /// <summary>Where the fitted network runs, wherever it was trained: <c>cpu</c> (default), <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c> (CUDA where there is one).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Arithmetic of the forward pass; default 32 bits.</summary>
    public ScoringPrecision Precision { get; init; } = ScoringPrecision.Float32;

    /// <summary>The most padded tokens in one forward pass: bounds memory, however long a context is; default 2048.</summary>
    public int TokensPerBatch { get; init; } = 2048;

    /// <summary>The most rows read ahead; default 32, 1 or more. Their contexts are held in memory.</summary>
    public int WindowRows { get; init; } = 32;

    /// <summary>Forward passes that may run at once, whatever number of cursors ML.NET opens; default 1.</summary>
    public int MaxParallelForwards { get; init; } = 1;

    internal void Validate(string owner)
    {
        foreach ((string name, string value) in new[] { (nameof(QuestionColumnName), QuestionColumnName), (nameof(ContextColumnName), ContextColumnName), (nameof(OutputColumnName), OutputColumnName), (nameof(ScoreColumnName), ScoreColumnName) })
            Check(!string.IsNullOrEmpty(value), name, $"'{value}'", "the name of a column");
        Check(MaxQuestionLength >= 1, nameof(MaxQuestionLength), MaxQuestionLength, "1 or more");
        Check(MaxLength == 0 || MaxLength > MaxQuestionLength + QuestionWindows.MostSpecials, nameof(MaxLength), MaxLength, $"0, or more than MaxQuestionLength ({MaxQuestionLength}) and {QuestionWindows.MostSpecials} special tokens");
        Check(Stride >= 1, nameof(Stride), Stride, "1 or more");
        Check(MaxAnswerLength >= 1, nameof(MaxAnswerLength), MaxAnswerLength, "1 or more");
        Check(NoAnswerThreshold is null || float.IsFinite(NoAnswerThreshold.Value), nameof(NoAnswerThreshold), NoAnswerThreshold, "null or a finite number");
        Check(Enum.IsDefined(Precision), nameof(Precision), Precision, $"one of {string.Join(", ", Enum.GetNames<ScoringPrecision>())}");
        Check(TokensPerBatch >= 1, nameof(TokensPerBatch), TokensPerBatch, "1 or more");
        Check(WindowRows >= 1, nameof(WindowRows), WindowRows, "1 or more");
        Check(MaxParallelForwards >= 1, nameof(MaxParallelForwards), MaxParallelForwards, "1 or more");
        TorchDevice.Validate(Device, owner);

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found}; expected {expected}."));
        }
    }
}
