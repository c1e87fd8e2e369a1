namespace MLNet.Pretrain.Metrics;

/// <summary>Logarithmic loss of predicted probabilities, in nats.</summary>
public static class LogLoss
{
    // What scikit-learn clips to: a certain and wrong prediction costs 36 nats, not infinity.
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>The loss of one row: probabilities are clipped to [eps, 1 - eps], then scaled to sum to 1.</summary>
    /// <param name="probabilities">One probability a class.</param>
    /// <param name="truth">The true class; -1 where it is not among the classes, which then counts as probability 0.</param>
    /// <exception cref="ArgumentException">The class is out of range.</exception>
    public static double OfRow(ReadOnlySpan<double> probabilities, int truth)
    {
        if (truth < -1 || truth >= probabilities.Length) throw new ArgumentException($"The true class is {truth}; expected -1 to {probabilities.Length - 1}, as there are {probabilities.Length} probabilities.");
        double sum = truth < 0 ? Epsilon : 0;
        foreach (double p in probabilities) sum += Clip(p);
        return -Math.Log((truth < 0 ? Epsilon : Clip(probabilities[truth])) / sum);
    }

    private static double Clip(double p) => Math.Clamp(p, Epsilon, 1 - Epsilon);
}
