using System.Numerics.Tensors;

namespace MLNet.Pretrain.Metrics;

/// <summary>
/// One number that logits are divided by before the softmax, so that probabilities come as true as they claim to be (Guo et al. 2017, "On
/// Calibration of Modern Neural Networks"). The order of the classes, and so accuracy, stays what it was.
/// </summary>
public sealed record TemperatureScaling
{
    // A model that is always right would go to 0, one no better than chance to infinity.
    internal const double Coldest = 0.01, Hottest = 100;

    /// <summary>Scales by a temperature that is known.</summary>
    /// <param name="temperature">Above 0 and finite; above 1 for models that are too sure of themselves.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public TemperatureScaling(double temperature)
    {
        if (temperature is not (> 0 and < double.PositiveInfinity)) throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "Expected a finite number above 0.");
        Temperature = temperature;
    }

    /// <summary>What logits are divided by.</summary>
    public double Temperature { get; }

    /// <summary>
    /// Finds the temperature of least log-loss, in [0.01, 100]. Use rows that the model was not trained on.
    /// </summary>
    /// <param name="logits">One row of numbers an example, one number a class: what goes into the softmax. For a binary score, 0 and the score.</param>
    /// <param name="truth">True class of each row, from 0.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, a logit is not finite, or a class is out of range.</exception>
    public static TemperatureScaling Fit(IReadOnlyList<float[]> logits, ReadOnlySpan<int> truth)
    {
        ArgumentNullException.ThrowIfNull(logits);
        MetricInput.CheckCounts(logits.Count, "rows of logits", truth.Length, "true classes");
        for (int row = 0; row < truth.Length; row++)
        {
            MetricInput.CheckLogits(logits[row], row, logits[0].Length);
            MetricInput.CheckClass(truth[row], row, "true", logits[0].Length);
        }
        return new TemperatureScaling(1 / BestInverse(logits, truth));
    }

    /// <summary>As <see cref="Fit"/>, for a model that gives probabilities: their logarithms are logits. A 0 counts as the least normal number, 1.2e-38.</summary>
    /// <param name="probabilities">One row of numbers an example, one number a class, summing to 1.</param>
    /// <param name="truth">True class of each row, from 0.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no rows, or probabilities or a class are out of range.</exception>
    public static TemperatureScaling FitProbabilities(IReadOnlyList<float[]> probabilities, ReadOnlySpan<int> truth)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        return Fit([.. probabilities.Select((row, i) => Logits(row, i, probabilities[0].Length))], truth);
    }

    /// <summary>Probabilities from logits.</summary>
    /// <param name="logits">One finite number a class.</param>
    /// <returns>One probability a class; they sum to 1.</returns>
    /// <exception cref="ArgumentException">There are fewer than two numbers, or one is not finite.</exception>
    public float[] Apply(ReadOnlySpan<float> logits)
    {
        MetricInput.CheckLogits(logits, 0, logits.Length);
        return Apply(logits, TensorPrimitives.IndexOfMax(logits));
    }

    /// <summary>Probabilities from probabilities that were not scaled.</summary>
    /// <param name="probabilities">One number a class, summing to 1.</param>
    /// <returns>One probability a class; they sum to 1.</returns>
    /// <exception cref="ArgumentException">They are no probabilities.</exception>
    public float[] ApplyToProbabilities(ReadOnlySpan<float> probabilities) => Apply(Logits(probabilities, 0, probabilities.Length), TensorPrimitives.IndexOfMax(probabilities));

    private float[] Apply(ReadOnlySpan<float> logits, int top)
    {
        var powers = new double[logits.Length];
        for (int i = 0; i < powers.Length; i++) powers[i] = Math.Exp(((double)logits[i] - logits[top]) / Temperature);
        double sum = powers.Sum();
        var result = new float[powers.Length];
        for (int i = 0; i < result.Length; i++) result[i] = (float)(powers[i] / sum);
        // Rounding makes equals of what was nearly equal, and of equals the first counts as the largest.
        for (int first = TensorPrimitives.IndexOfMax(result); first != top; first = TensorPrimitives.IndexOfMax(result)) result[first] = MathF.BitDecrement(result[first]);
        return result;
    }

    private static float[] Logits(ReadOnlySpan<float> probabilities, int row, int classCount)
    {
        MetricInput.CheckProbabilities(probabilities, row, classCount);
        var logits = new float[probabilities.Length];
        for (int i = 0; i < logits.Length; i++) logits[i] = MathF.Log(Math.Max(probabilities[i], 1.17549435e-38f));
        return logits;
    }

    // The loss is convex in 1 / temperature: Newton's method for where its slope is 0, halving the (logarithmic) interval where a step would leave it.
    private static double BestInverse(IReadOnlyList<float[]> logits, ReadOnlySpan<int> truth)
    {
        double low = 1 / Hottest, high = 1 / Coldest, inverse = 1;
        if (Derivatives(logits, truth, inverse).Slope == 0) return inverse;   // rows that say nothing
        if (Derivatives(logits, truth, low).Slope >= 0) return low;
        if (Derivatives(logits, truth, high).Slope <= 0) return high;
        for (int step = 0; step < 200; step++)
        {
            (double slope, double curvature) = Derivatives(logits, truth, inverse);
            if (slope > 0) high = inverse;
            else low = inverse;
            double next = inverse - slope / curvature, before = inverse;
            inverse = low < next && next < high ? next : Math.Sqrt(low * high);
            if (Math.Abs(inverse - before) <= 1e-12 * before) break;
        }
        return inverse;
    }

    // Of log sum exp(b z) - b z[truth], by b: the mean of z under the softmax less z[truth], and the variance of z.
    private static (double Slope, double Curvature) Derivatives(IReadOnlyList<float[]> logits, ReadOnlySpan<int> truth, double inverse)
    {
        double slope = 0, curvature = 0;
        for (int row = 0; row < truth.Length; row++)
        {
            double largest = Largest(logits[row]), sum = 0, first = 0, second = 0;
            foreach (float logit in logits[row])
            {
                double z = logit - largest, power = Math.Exp(inverse * z);
                (sum, first, second) = (sum + power, first + power * z, second + power * z * z);
            }
            double mean = first / sum;
            slope += mean - (logits[row][truth[row]] - largest);
            curvature += second / sum - mean * mean;
        }
        return (slope, curvature);
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = values[0];
        foreach (float value in values) largest = Math.Max(largest, value);
        return largest;
    }
}
