namespace MLNet.Pretrain.Metrics;

/// <summary>What every metric asks of its input.</summary>
internal static class MetricInput
{
    /// <summary>As many of one as of the other, and one at least.</summary>
    public static void CheckCounts(int first, string firstName, int second, string secondName)
    {
        if (first != second || first == 0) throw new ArgumentException($"There are {first} {firstName} and {second} {secondName}; expected as many of one as of the other, and one row at least.");
    }

    public static void CheckClass(int value, int row, string kind, int classCount)
    {
        if (value < 0 || value >= classCount) throw new ArgumentException($"Row {row} has the {kind} class {value}; expected 0 to {classCount - 1}, as there are {classCount} classes.");
    }

    /// <summary>One finite number a class, and two classes at least.</summary>
    public static void CheckLogits(ReadOnlySpan<float> logits, int row, int classCount)
    {
        CheckLength(logits.Length, row, "logits", classCount);
        foreach (float value in logits)
            if (!float.IsFinite(value)) throw new ArgumentException(FormattableString.Invariant($"Row {row} has the logit {value}; expected finite numbers."));
    }

    /// <summary>One probability a class, and two classes at least. The sum may be off by what half precision rounds.</summary>
    public static void CheckProbabilities(ReadOnlySpan<float> probabilities, long row, int classCount)
    {
        CheckLength(probabilities.Length, row, "probabilities", classCount);
        double sum = 0;
        foreach (float value in probabilities)
        {
            CheckProbability(value, row);
            sum += value;
        }
        if (Math.Abs(sum - 1) > 0.01) throw new ArgumentException(FormattableString.Invariant($"The probabilities of row {row} sum to {sum:0.####}; expected 1. Scores that are no probabilities need a softmax first."));
    }

    public static void CheckProbability(float value, long row)
    {
        if (value is not (>= 0 and <= 1)) throw new ArgumentException(FormattableString.Invariant($"Row {row} has the probability {value}; expected a number in [0, 1]."));
    }

    private static void CheckLength(int length, long row, string kind, int classCount)
    {
        if (length != classCount || length < 2) throw new ArgumentException($"Row {row} has {length} {kind}; expected {(classCount < 2 ? "two at least" : $"{classCount}, as row 0 has")}.");
    }
}
