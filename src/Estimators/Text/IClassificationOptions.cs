namespace MLNet.Pretrain.Text;

/// <summary>The loss of a classifier, whatever its network.</summary>
internal interface IClassificationOptions
{
    double LabelSmoothing { get; }

    IReadOnlyList<double>? ClassWeights { get; }

    string LabelColumnName { get; }
}

/// <summary>What is checked of the loss.</summary>
internal static class ClassificationOptions
{
    public static void ValidateLoss(this IClassificationOptions options, string owner)
    {
        if (options.LabelSmoothing is not (>= 0 and < 1)) throw new ArgumentException($"{owner}: LabelSmoothing is {options.LabelSmoothing}; expected a number in [0, 1).");
        if (options.ClassWeights?.Any(w => !(w > 0 && double.IsFinite(w))) == true)
            throw new ArgumentException($"{owner}: ClassWeights are {string.Join(", ", options.ClassWeights)}; expected numbers above 0, one a class.");
    }

    /// <summary>Checks what needs the classes.</summary>
    public static void CheckClasses(this IClassificationOptions options, string owner, int classes)
    {
        if (classes < 2)
            throw new InvalidOperationException($"{owner}: label '{options.LabelColumnName}' has {classes} class; expected 2 or more. Check that the label was mapped over all training rows.");
        if (options.ClassWeights is { } weights && weights.Count != classes)
            throw new ArgumentException($"{owner}: ClassWeights has {weights.Count} values, but label '{options.LabelColumnName}' has {classes} classes; expected one a class.");
    }
}
