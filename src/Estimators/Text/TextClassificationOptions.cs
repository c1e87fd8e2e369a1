using Microsoft.ML;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How a text classifier is trained, whatever its network: columns, text limits, loss, and everything of <see cref="TrainingOptions"/>.</summary>
public abstract class TextClassificationOptions : TrainingOptions
{
    private protected TextClassificationOptions()
    {
    }

    /// <summary>Label column; default <c>Label</c>: a key for multiclass, a boolean for binary classification.</summary>
    [OutputOnly]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Text column; default <c>Text</c>.</summary>
    [OutputOnly]
    public string TextColumnName { get; set; } = "Text";

    /// <summary>Column with a weight a row (Single, 0 or more); default null: all 1.</summary>
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>The most tokens a row may have, special tokens included; 0 = the network's limit. The cost of an encoder's attention rises with its square.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>What is cut from longer rows; default the end. <see cref="TruncationStrategy.HeadAndTail"/> helps on long reviews (Sun et al. 2019).</summary>
    public TruncationStrategy Truncation { get; set; } = TruncationStrategy.LongestFirst;

    /// <summary>Part of each label's mass spread over all classes, in [0, 1); default 0 (Szegedy et al. 2016). 0.1 calms noisy labels.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>One weight a class in the order of the label's keys (false, true for binary), above 0; default null: all 1. A weight of 2 counts each row of the class twice; raise those of rare classes.</summary>
    public IReadOnlyList<double>? ClassWeights { get; set; }

    /// <summary>Rows for validation, with the same columns as the training data; default null: <see cref="TrainingOptions.ValidationFraction"/> of the training rows.</summary>
    public IDataView? ValidationData { get; set; }

    /// <summary>Arithmetic of the fitted model; default 32 bits.</summary>
    [OutputOnly]
    public ScoringPrecision ScoringPrecision { get; set; } = ScoringPrecision.Float32;

    /// <summary>Column of the second text of a pair; null: single texts.</summary>
    internal virtual string? SecondTextColumnName => null;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (string.IsNullOrEmpty(LabelColumnName)) throw new ArgumentException($"{owner}: LabelColumnName is empty; name the label column.");
        if (ExampleWeightColumnName is "") throw new ArgumentException($"{owner}: ExampleWeightColumnName is empty; name a column of weights, or leave it null.");
        if (LabelSmoothing is not (>= 0 and < 1)) throw new ArgumentException($"{owner}: LabelSmoothing is {LabelSmoothing}; expected a number in [0, 1).");
        if (ClassWeights?.Any(w => !(w > 0 && double.IsFinite(w))) == true)
            throw new ArgumentException($"{owner}: ClassWeights are {string.Join(", ", ClassWeights)}; expected numbers above 0, one a class.");
        if (ValidationData is not null && ValidationFraction > 0)
            throw new ArgumentException($"{owner}: both ValidationData and ValidationFraction ({ValidationFraction}) are set; set one of them.");
        Scoring().Validate(owner);
    }

    internal TextScoringOptions Scoring() => new()
    {
        InputColumnName = TextColumnName,
        PairColumnName = SecondTextColumnName,
        MaxLength = MaxLength,
        Truncation = Truncation,
        Device = Device,
        Precision = ScoringPrecision,
    };
}
