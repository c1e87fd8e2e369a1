using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How a network that predicts something of texts is trained, whatever it predicts: columns, text limits, and everything of <see cref="TrainingOptions"/>.</summary>
public abstract class TextTrainingOptions : SupervisedTrainingOptions
{
    private protected TextTrainingOptions()
    {
    }

    /// <summary>Label column; default <c>Label</c>: a key, text, Boolean or numbers for multiclass, Boolean or numbers that are 0 or 1 for binary classification, numbers for regression, a vector for any number of labels.</summary>
    [OutputOnly]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Text column; default <c>Text</c>.</summary>
    [OutputOnly]
    public string TextColumnName { get; set; } = "Text";

    /// <summary>Column with a weight a row (Single, 0 or more); default null: all 1.</summary>
    [OutputOnly]
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>The most tokens a row may have, special tokens included; default 128; 0 = the network's limit. The cost of an encoder's attention rises with its square.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>What is cut from longer rows; default the end. <see cref="TruncationStrategy.HeadAndTail"/> helps on long reviews (Sun et al. 2019).</summary>
    public TruncationStrategy Truncation { get; set; } = TruncationStrategy.LongestFirst;

    /// <summary>Arithmetic of the fitted model; default 32 bits.</summary>
    [OutputOnly]
    public ScoringPrecision ScoringPrecision { get; set; } = ScoringPrecision.Float32;

    /// <summary>Column of the second text of a pair; null: single texts.</summary>
    internal virtual string? SecondTextColumnName => null;

    /// <summary>The columns of texts.</summary>
    internal IReadOnlyList<string> TextColumns => SecondTextColumnName is { } second ? [TextColumnName, second] : [TextColumnName];

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (string.IsNullOrEmpty(LabelColumnName)) throw new ArgumentException($"{owner}: LabelColumnName is empty; name the label column.");
        if (ExampleWeightColumnName is "") throw new ArgumentException($"{owner}: ExampleWeightColumnName is empty; name a column of weights, or leave it null.");
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
