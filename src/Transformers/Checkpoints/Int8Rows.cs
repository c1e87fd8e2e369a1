using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Rows of a matrix as 8-bit whole numbers times a scale a row: symmetric, so that 0 stays 0.</summary>
internal static class Int8Rows
{
    private const int Largest = 127;

    // What was rounded before comes out the same, also after it was rounded to bfloat16: the scale has 16 significant bits, so that every product with a whole number up to 127 is exact, and
    // follows from a row's largest magnitude as bfloat16 has it; bfloat16 moves no product by more than a quarter of a scale.
    private const uint ScaleBits = 0xFF;

    /// <summary>Rounds a matrix.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="matrix">[rows, columns]</param>
    /// <returns>[rows, columns] int8 and [rows] float32.</returns>
    /// <exception cref="InvalidOperationException">A value is NaN or infinite.</exception>
    public static (Tensor Values, Tensor Scales) Quantize(string name, Tensor matrix)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor source = matrix.detach().cpu().to(float32).contiguous();
        (int rows, int columns) = ((int)source.shape[0], (int)source.shape[1]);
        Tensor values = empty([rows, columns], int8), scales = empty([rows], float32);
        for (int row = 0; row < rows; row++)
        {
            using Tensor from = source[row], to = values[row];
            float scale = Quantize(MemoryMarshal.Cast<byte, float>(from.bytes), MemoryMarshal.Cast<byte, sbyte>(to.bytes), name);
            MemoryMarshal.Cast<byte, float>(scales.bytes)[row] = scale;
        }
        return (values.MoveToOuterDisposeScope(), scales.MoveToOuterDisposeScope());
    }

    /// <summary>Back to 32 bits.</summary>
    public static Tensor Dequantize(Tensor values, Tensor scales)
    {
        using DisposeScope scope = NewDisposeScope();
        return (values.to(float32) * scales.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Rounds a row.</summary>
    /// <returns>What the numbers are to be multiplied by.</returns>
    internal static float Quantize(ReadOnlySpan<float> row, Span<sbyte> numbers, string name)
    {
        float largest = NearestBFloat16(MathF.Abs(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude(row)));
        if (!float.IsFinite(largest)) throw new InvalidOperationException(FormattableString.Invariant($"Tensor '{name}' has the value {largest}; 8 bits hold finite weights only. The network has diverged: train it again, or keep its weights as they are with WeightStorage.Float32."));
        float scale = RoundedUp(largest / Largest);
        for (int i = 0; i < row.Length; i++) numbers[i] = scale == 0 ? (sbyte)0 : (sbyte)MathF.Round(row[i] / scale);
        return scale;
    }

    // Ties to even, as torch rounds.
    private static float NearestBFloat16(float value)
    {
        if (!float.IsFinite(value)) return value;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }

    // To the next number whose last bits are 0.
    private static float RoundedUp(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + ScaleBits) & ~ScaleBits);
    }
}
