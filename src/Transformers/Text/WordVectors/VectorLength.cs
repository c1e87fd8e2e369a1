using System.Numerics.Tensors;

namespace MLNet.Pretrain.Text;

/// <summary>Euclidean lengths whose squares need not fit single precision.</summary>
internal static class VectorLength
{
    private const float Least = 1e-15f, Most = 1e15f;

    /// <summary>The length; 0 where it is too short to divide by, and never infinite for finite components.</summary>
    public static float Of(ReadOnlySpan<float> vector)
    {
        float norm = TensorPrimitives.Norm(vector);
        if (norm is >= Least and <= Most) return norm;
        double sum = 0;
        foreach (float value in vector) sum += (double)value * value;
        double exact = Math.Sqrt(sum);
        return exact < 1 / (double)float.MaxValue ? 0 : (float)Math.Min(exact, float.MaxValue);
    }
}
