namespace MLNet.Pretrain.Text;

/// <summary>How a text classifier is trained, whatever its network: its loss, and everything of <see cref="TextTrainingOptions"/>.</summary>
public abstract class TextClassificationOptions : TextTrainingOptions
{
    private protected TextClassificationOptions()
    {
    }

    /// <summary>Part of each label's mass spread over all classes, in [0, 1); default 0 (Szegedy et al. 2016). 0.1 calms noisy labels.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>One weight a class in the order of the label's keys (false, true for binary), above 0; default null: all 1. A weight of 2 counts each row of the class twice; raise those of rare classes.</summary>
    public IReadOnlyList<double>? ClassWeights { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (LabelSmoothing is not (>= 0 and < 1)) throw new ArgumentException($"{owner}: LabelSmoothing is {LabelSmoothing}; expected a number in [0, 1).");
        if (ClassWeights?.Any(w => !(w > 0 && double.IsFinite(w))) == true)
            throw new ArgumentException($"{owner}: ClassWeights are {string.Join(", ", ClassWeights)}; expected numbers above 0, one a class.");
    }

    /// <summary>Checks what needs the classes.</summary>
    internal void CheckClasses(string owner, int classes)
    {
        if (classes < 2)
            throw new InvalidOperationException($"{owner}: label '{LabelColumnName}' has {classes} class; expected 2 or more. Check that the label was mapped over all training rows.");
        if (ClassWeights is { } weights && weights.Count != classes)
            throw new ArgumentException($"{owner}: ClassWeights has {weights.Count} values, but label '{LabelColumnName}' has {classes} classes; expected one a class.");
    }
}
