using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned to give a text any number of labels. At most <see cref="TextTrainingOptions.MaxLength"/> tokens a row, by default 128.</summary>
public sealed class FineTuneMultiLabelOptions : EncoderTextOptions
{
    /// <summary>One weight a label in the order of the label's keys, above 0; default null: all 1. It multiplies what a row that has the label adds to the loss; raise those of rare labels that are to be found at the cost of false ones. Tuned thresholds do much of the same for nothing.</summary>
    public IReadOnlyList<double>? PositiveWeights { get; set; }

    /// <summary>Probabilities from which on a label is given, in (0, 1): one a label in the order of the label's keys, or one for all. Default null: those of the best F1 of each label on the validation rows, 0.5 where there are none or the label is in none of them.</summary>
    [OutputOnly]
    public IReadOnlyList<double>? Thresholds { get; set; }

    /// <summary>The probabilities that labels are given from, where nothing was tuned.</summary>
    internal double[] InitialThresholds(int labels) => Thresholds switch
    {
        null => [.. Enumerable.Repeat(0.5, labels)],
        [double one] => [.. Enumerable.Repeat(one, labels)],
        var all => [.. all],
    };

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (PositiveWeights?.Any(w => !(w > 0 && double.IsFinite(w))) == true)
            throw new ArgumentException(FormattableString.Invariant($"{owner}: PositiveWeights are {Text(PositiveWeights)}; expected numbers above 0, one a label."));
        if (Thresholds is { Count: 0 } || Thresholds?.Any(t => t is not (> 0 and < 1)) == true)
            throw new ArgumentException(FormattableString.Invariant($"{owner}: Thresholds are {Text(Thresholds)}; expected numbers in (0, 1), one a label or one for all, or null to tune them."));
    }

    /// <summary>Checks what needs the labels.</summary>
    internal void CheckLabels(string owner, int labels)
    {
        if (PositiveWeights is { } weights && weights.Count != labels)
            throw new ArgumentException($"{owner}: PositiveWeights has {weights.Count} values, but label '{LabelColumnName}' has {labels} labels; expected one a label.");
        if (Thresholds is { Count: not 1 } thresholds && thresholds.Count != labels)
            throw new ArgumentException($"{owner}: Thresholds has {thresholds.Count} values, but label '{LabelColumnName}' has {labels} labels; expected one a label, or one for all.");
    }

    private static string Text(IReadOnlyList<double> numbers) => numbers.Count == 0 ? "none" : string.Join(", ", numbers.Select(n => FormattableString.Invariant($"{n}")));
}
