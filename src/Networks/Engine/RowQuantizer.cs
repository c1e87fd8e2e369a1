using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>
/// Rows to 8 bits without a sign, each with a scale and a zero of its own: what one token's outlier costs, its neighbours do not pay, and an activation that is
/// hardly ever negative keeps all 256 steps (dynamic quantisation, Jacob et al. 2018 with the ranges of the row). Needs AVX-512.
/// </summary>
internal static unsafe class RowQuantizer
{
    private const int Lanes = 16;
    private const float Steps = 255, Least = 1e-30f;   // 1 over a smaller step would be infinite

    /// <summary>Rounds a row.</summary>
    /// <param name="row">[width]</param>
    /// <param name="width">Numbers of the row.</param>
    /// <param name="to">[width]</param>
    /// <returns>How to read it; not a number where the row has one that is none, so that a network which has diverged shows it here, too.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static RowScale Quantize(float* row, int width, byte* to)
    {
        int whole = width / Lanes * Lanes;
        Vector512<float> lows = default, highs = default, faults = default;   // 0 is always in the range: it is written exactly
        for (int i = 0; i < whole; i += Lanes)
        {
            Vector512<float> values = Vector512.Load(row + i);
            (lows, highs) = (Vector512.MinNative(lows, values), Vector512.MaxNative(highs, values));
            faults += values * Vector512<float>.Zero;   // 0, or not a number
        }
        float low = -VectorMath.Largest(-lows), high = VectorMath.Largest(highs);
        float fault = Vector512.Sum(faults);
        for (int i = whole; i < width; i++) (low, high, fault) = (Math.Min(low, row[i]), Math.Max(high, row[i]), fault + row[i] * 0);
        if (float.IsNaN(fault)) return new RowScale(float.NaN, float.NaN);

        float scale = high - low > Least ? (high - low) / Steps : 1, inverse = 1 / scale, zero = MathF.Round(-low * inverse);
        Vector512<float> inverses = Vector512.Create(inverse), zeros = Vector512.Create(zero);
        for (int i = 0; i < whole; i += Lanes)
        {
            Vector512<float> steps = Vector512.MaxNative(Vector512.FusedMultiplyAdd(Vector512.Load(row + i), inverses, zeros), Vector512<float>.Zero);
            Avx512F.ConvertToVector128ByteWithSaturation(Avx512F.ConvertToVector512UInt32(steps)).Store(to + i);
        }
        for (int i = whole; i < width; i++) to[i] = (byte)Math.Clamp(MathF.Round(row[i] * inverse + zero), 0, Steps);
        return new RowScale(scale, scale * zero);
    }
}
