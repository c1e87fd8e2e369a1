namespace MLNet.Pretrain.Text;

/// <summary>The loss of a classifier, whatever its network.</summary>
internal interface IClassificationOptions
{
    double LabelSmoothing { get; }

    IReadOnlyList<double>? ClassWeights { get; }

    string LabelColumnName { get; }

    void ValidateLoss(string owner)
    {
        if (LabelSmoothing is not (>= 0 and < 1)) throw new ArgumentException($"{owner}: LabelSmoothing is {LabelSmoothing}; expected a number in [0, 1).");
        if (ClassWeights?.Any(w => !(w > 0 && double.IsFinite(w))) == true)
            throw new ArgumentException($"{owner}: ClassWeights are {string.Join(", ", ClassWeights)}; expected numbers above 0, one a class.");
    }

    /// <summary>Checks what needs the classes.</summary>
    void CheckClasses(string owner, int classes)
    {
        if (classes < 2)
            throw new InvalidOperationException($"{owner}: label '{LabelColumnName}' has {classes} class; expected 2 or more. Check that the label was mapped over all training rows.");
        if (ClassWeights is { } weights && weights.Count != classes)
            throw new ArgumentException($"{owner}: ClassWeights has {weights.Count} values, but label '{LabelColumnName}' has {classes} classes; expected one a class.");
    }
}
