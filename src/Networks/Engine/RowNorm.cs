using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using TorchSharp.Modules;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>Layer norm (Ba et al. 2016) of rows, in float32 whatever their format. Needs AVX-512.</summary>
/// <param name="gain">[width]</param>
/// <param name="bias">[width]</param>
/// <param name="epsilon">Added to the variance.</param>
internal sealed unsafe class RowNorm(float[] gain, float[] bias, double epsilon)
{
    private const int Lanes = 16;

    /// <summary>Numbers of a row.</summary>
    public int Width => gain.Length;

    /// <summary>That of a module, as it is now.</summary>
    public static RowNorm Of(LayerNorm norm, double epsilon) => new(Floats(norm.weight!), Floats(norm.bias!), epsilon);

    /// <summary>Norms rows that stand one behind the other.</summary>
    /// <param name="from">[count, stride], the first numbers of a row being its own.</param>
    /// <param name="to">[count, stride]; may be the same.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    public void Apply<TFormat>(void* from, void* to, int count, int stride) where TFormat : struct, INumberFormat
    {
        nint bytes = (nint)stride * TFormat.Size;
        for (int row = 0; row < count; row++) Row<TFormat>((byte*)from + row * bytes, (byte*)to + row * bytes);
    }

    /// <summary>(x - mean) / sqrt(variance + epsilon) gain + bias.</summary>
    /// <param name="from">[width]</param>
    /// <param name="to">[width]; may be the same.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Row<TFormat>(void* from, void* to) where TFormat : struct, INumberFormat
    {
        int width = gain.Length, whole = width / Lanes * Lanes;
        Vector512<float> sums = default;
        for (int i = 0; i < whole; i += Lanes) sums += TFormat.Load(from, i);
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < width; i++) sum += TFormat.Get(from, i);
        float mean = sum / width;

        // From the mean: the difference of two large sums would lose what small variances need.
        Vector512<float> means = Vector512.Create(mean), squares = default;
        for (int i = 0; i < whole; i += Lanes)
        {
            Vector512<float> difference = TFormat.Load(from, i) - means;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
        }
        float square = Vector512.Sum(squares);
        for (int i = whole; i < width; i++) square += (TFormat.Get(from, i) - mean) * (TFormat.Get(from, i) - mean);
        float scale = (float)(1 / Math.Sqrt(square / width + epsilon));

        Vector512<float> scales = Vector512.Create(scale);
        fixed (float* gains = gain, biases = bias)
        {
            for (int i = 0; i < whole; i += Lanes)
                TFormat.Store(to, i, Vector512.FusedMultiplyAdd((TFormat.Load(from, i) - means) * scales, Vector512.Load(gains + i), Vector512.Load(biases + i)));
            for (int i = whole; i < width; i++) TFormat.Set(to, i, (TFormat.Get(from, i) - mean) * scale * gains[i] + biases[i]);
        }
    }

    private static float[] Floats(torch.Tensor values)
    {
        using torch.Tensor floats = values.detach().to(torch.float32).contiguous();
        return floats.data<float>().ToArray();
    }
}
