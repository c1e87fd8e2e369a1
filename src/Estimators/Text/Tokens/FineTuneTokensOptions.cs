using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned to tag words: columns, what the tags mean, and everything of <see cref="TrainingOptions"/>.</summary>
public sealed class FineTuneTokensOptions : EncoderTuningOptions
{
    /// <summary>Label column; default <c>Label</c>: a vector of text or of keys whose values are text, one tag a word.</summary>
    [OutputOnly]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Column of the words; default <c>Text</c>: a vector of text with ready-made words, or text, which is then divided into words.</summary>
    [OutputOnly]
    public string TextColumnName { get; set; } = "Text";

    /// <summary>The scheme of the labels; default null: plain tags, such as parts of speech. With a scheme, tags say entities (or chunks), which are found and evaluated as such.</summary>
    public TagScheme? Scheme { get; set; }

    /// <summary>The scheme that the network learns; default null: that of the labels. <see cref="TagScheme.Bioes"/> from BIO labels tells the network more about where entities end (Ratinov and Roth 2009); tags are still given in <see cref="Scheme"/>.</summary>
    public TagScheme? TrainAs { get; set; }

    /// <summary>What becomes of labels that do not follow on one another, such as <c>I-PER</c> after <c>O</c>; default <see cref="TagReading.WellFormed"/>: an error. <see cref="TagReading.Lenient"/> reads IOB1, as the files of CoNLL-2003 have it. Without a scheme it has no effect.</summary>
    public TagReading Reading { get; set; } = TagReading.WellFormed;

    /// <summary>Whether a conditional random field over the words of a row learns which tags follow which (Lafferty et al. 2001; Lample et al. 2016); default false. It learns slowly at an encoder's learning rate: see <see cref="TrainingOptions.HeadLearningRateFactor"/>.</summary>
    public bool UseCrf { get; set; }

    /// <summary>Whether only sequences of tags that the scheme allows are found, in evaluations and by the fitted model; default true. Without a scheme it has no effect.</summary>
    public bool ConstrainTransitions { get; set; } = true;

    /// <summary>The most tokens (pieces of words, special ones included) that go through the network together; default 128; 0 = the encoder's limit. Longer rows are divided between words: nothing is cut, but words see only those of their own window.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>Arithmetic of the fitted model; default 32 bits.</summary>
    [OutputOnly]
    public ScoringPrecision ScoringPrecision { get; set; } = ScoringPrecision.Float32;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (string.IsNullOrEmpty(LabelColumnName)) throw new ArgumentException($"{owner}: LabelColumnName is empty; name the column of tags.");
        if (Scheme is { } scheme && !Enum.IsDefined(scheme)) throw new ArgumentException($"{owner}: Scheme is {scheme}; expected null (plain tags), Bio or Bioes.");
        if (TrainAs is { } trained && !Enum.IsDefined(trained)) throw new ArgumentException($"{owner}: TrainAs is {trained}; expected null (as Scheme), Bio or Bioes.");
        if (Scheme is null && TrainAs is not null) throw new ArgumentException($"{owner}: TrainAs is {TrainAs}, but there is no Scheme; plain tags have none. Set Scheme to that of the labels.");
        if (!Enum.IsDefined(Reading)) throw new ArgumentException($"{owner}: Reading is {Reading}; expected one of {string.Join(", ", Enum.GetNames<TagReading>())}.");
        Scoring(MaxLength).Validate(owner);
    }

    internal TokenScoringOptions Scoring(int maxLength) => new()
    {
        InputColumnName = TextColumnName,
        Scheme = Scheme,
        TrainedAs = Scheme is null ? null : TrainAs ?? Scheme,
        ConstrainTransitions = ConstrainTransitions,
        MaxLength = maxLength,
        Device = Device,
        Precision = ScoringPrecision,
    };
}
