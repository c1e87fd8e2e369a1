namespace MLNet.Pretrain.Metrics;

/// <summary>Holm's correction (Holm 1979): p values of several tests at once, so that trying many candidates does not make a winner of luck.</summary>
public static class Holm
{
    /// <summary>Adjusted p values, in the order given, each in [0, 1].</summary>
    /// <param name="pValues">The p value of each test.</param>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> pValues)
    {
        var adjusted = new double[pValues.Count];
        double least = 0;
        int rank = 0;
        foreach (int i in Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]))
        {
            least = Math.Max(least, Math.Min(1, pValues[i] * (pValues.Count - rank++)));
            adjusted[i] = least;
        }
        return adjusted;
    }
}
