using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The arithmetic of a window as small matrix products (Ji et al. 2016): scores of all inputs against a block of outputs, and the update of
/// both sides, each row read once. Rows are aligned to 64 bytes and padded to whole vectors.
/// </summary>
internal static unsafe class WindowKernel
{
    /// <summary>Output rows of a block: with their sums they fill the registers.</summary>
    public const int BlockOutputs = 6;

    /// <summary>Floats from one input's scores to the next's.</summary>
    public const int ScoreStride = 8;

    /// <summary>scores[i, j] = inputs[i] . outputs[j].</summary>
    /// <param name="inputs">Rows one behind the other, an even number of them (the last may be a row of zeros).</param>
    /// <param name="count">How many.</param>
    /// <param name="stride">Floats of a row.</param>
    /// <param name="outputs"><see cref="BlockOutputs"/> rows.</param>
    /// <param name="scores">[count, <see cref="ScoreStride"/>]</param>
    public static void Score(float* inputs, int count, int stride, float** outputs, float* scores)
    {
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3], o4 = outputs[4], o5 = outputs[5];
        for (int i = 0; i < count; i += 2)
        {
            float* first = inputs + i * stride, second = first + stride;
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default;
            Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default;
            for (int d = 0; d < stride; d += 16)
            {
                Vector512<float> x = Vector512.LoadAligned(first + d), z = Vector512.LoadAligned(second + d);
                Vector512<float> y = Vector512.LoadAligned(o0 + d);
                (a0, b0) = (Vector512.FusedMultiplyAdd(x, y, a0), Vector512.FusedMultiplyAdd(z, y, b0));
                y = Vector512.LoadAligned(o1 + d);
                (a1, b1) = (Vector512.FusedMultiplyAdd(x, y, a1), Vector512.FusedMultiplyAdd(z, y, b1));
                y = Vector512.LoadAligned(o2 + d);
                (a2, b2) = (Vector512.FusedMultiplyAdd(x, y, a2), Vector512.FusedMultiplyAdd(z, y, b2));
                y = Vector512.LoadAligned(o3 + d);
                (a3, b3) = (Vector512.FusedMultiplyAdd(x, y, a3), Vector512.FusedMultiplyAdd(z, y, b3));
                y = Vector512.LoadAligned(o4 + d);
                (a4, b4) = (Vector512.FusedMultiplyAdd(x, y, a4), Vector512.FusedMultiplyAdd(z, y, b4));
                y = Vector512.LoadAligned(o5 + d);
                (a5, b5) = (Vector512.FusedMultiplyAdd(x, y, a5), Vector512.FusedMultiplyAdd(z, y, b5));
            }
            Sums(a0, a1, a2, a3, a4, a5).Store(scores + i * ScoreStride);
            Sums(b0, b1, b2, b3, b4, b5).Store(scores + (i + 1) * ScoreStride);
        }
    }

    /// <summary>In place: scores become gradients, (label - sigmoid(score)) x rate.</summary>
    /// <param name="scores">[count, <see cref="ScoreStride"/>], room for an even count.</param>
    /// <param name="count">Inputs.</param>
    /// <param name="labels">1 or 0 an output.</param>
    /// <param name="rates">Learning rate times weight an output; 0 for outputs that fill the block.</param>
    public static void Gradients(float* scores, int count, float* labels, float* rates)
    {
        Vector256<float> label = Vector256.Load(labels), rate = Vector256.Load(rates);
        Vector512<float> label2 = Vector512.Create(label, label), rate2 = Vector512.Create(rate, rate);
        for (int i = 0; i < count; i += 2)
        {
            float* at = scores + i * ScoreStride;
            ((label2 - Sigmoid(Vector512.Load(at))) * rate2).Store(at);
        }
    }

    /// <summary>errors[i] += gradients[i, j] outputs[j] and outputs[j] += gradients[i, j] inputs[i], both with the old values.</summary>
    public static void Update(float* inputs, float* errors, int count, int stride, float** outputs, float* gradients)
    {
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3], o4 = outputs[4], o5 = outputs[5];
        for (int d = 0; d < stride; d += 16)
        {
            Vector512<float> y0 = Vector512.LoadAligned(o0 + d), y1 = Vector512.LoadAligned(o1 + d), y2 = Vector512.LoadAligned(o2 + d);
            Vector512<float> y3 = Vector512.LoadAligned(o3 + d), y4 = Vector512.LoadAligned(o4 + d), y5 = Vector512.LoadAligned(o5 + d);
            Vector512<float> n0 = y0, n1 = y1, n2 = y2, n3 = y3, n4 = y4, n5 = y5;
            float* input = inputs + d, error = errors + d, g = gradients;
            for (int i = 0; i < count; i++, input += stride, error += stride, g += ScoreStride)
            {
                Vector512<float> x = Vector512.LoadAligned(input), e = Vector512.LoadAligned(error), weight = Vector512.Create(g[0]);
                (e, n0) = (Vector512.FusedMultiplyAdd(weight, y0, e), Vector512.FusedMultiplyAdd(weight, x, n0));
                weight = Vector512.Create(g[1]);
                (e, n1) = (Vector512.FusedMultiplyAdd(weight, y1, e), Vector512.FusedMultiplyAdd(weight, x, n1));
                weight = Vector512.Create(g[2]);
                (e, n2) = (Vector512.FusedMultiplyAdd(weight, y2, e), Vector512.FusedMultiplyAdd(weight, x, n2));
                weight = Vector512.Create(g[3]);
                (e, n3) = (Vector512.FusedMultiplyAdd(weight, y3, e), Vector512.FusedMultiplyAdd(weight, x, n3));
                weight = Vector512.Create(g[4]);
                (e, n4) = (Vector512.FusedMultiplyAdd(weight, y4, e), Vector512.FusedMultiplyAdd(weight, x, n4));
                weight = Vector512.Create(g[5]);
                (e, n5) = (Vector512.FusedMultiplyAdd(weight, y5, e), Vector512.FusedMultiplyAdd(weight, x, n5));
                e.StoreAligned(error);
            }
            n0.StoreAligned(o0 + d);
            n1.StoreAligned(o1 + d);
            n2.StoreAligned(o2 + d);
            n3.StoreAligned(o3 + d);
            n4.StoreAligned(o4 + d);
            n5.StoreAligned(o5 + d);
        }
    }

    /// <summary>target = row.</summary>
    public static void Copy(float* row, float* target, int stride)
    {
        for (int d = 0; d < stride; d += 16) Vector512.LoadAligned(row + d).StoreAligned(target + d);
    }

    /// <summary>target += row.</summary>
    public static void Add(float* row, float* target, int stride)
    {
        for (int d = 0; d < stride; d += 16) (Vector512.LoadAligned(target + d) + Vector512.LoadAligned(row + d)).StoreAligned(target + d);
    }

    /// <summary>target *= factor.</summary>
    public static void Scale(float* target, float factor, int stride)
    {
        for (int d = 0; d < stride; d += 16) (Vector512.LoadAligned(target + d) * factor).StoreAligned(target + d);
    }

    /// <summary>Asks for a row that is needed soon: from the shared cache a row takes longer to come than a window takes to compute.</summary>
    public static void Prefetch(float* row, int stride)
    {
        if (!Sse.IsSupported) return;
        for (int d = 0; d < stride; d += 16) Sse.Prefetch0(row + d);
    }

    /// <summary>1 / (1 + e^-x) to 1e-6; |x| above 30 counts as 30.</summary>
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        // e^-x = 2^n 2^f with n whole and f in [-0.5, 0.5]; 2^f by its series.
        Vector512<float> power = Vector512.Clamp(x, Vector512.Create(-30f), Vector512.Create(30f)) * -1.44269504f;
        Vector512<float> whole = Vector512.Round(power);
        Vector512<float> f = power - whole;
        Vector512<float> series = Vector512.Create(1.3333558e-3f);
        series = Vector512.FusedMultiplyAdd(series, f, Vector512.Create(9.6181291e-3f));
        series = Vector512.FusedMultiplyAdd(series, f, Vector512.Create(5.5504109e-2f));
        series = Vector512.FusedMultiplyAdd(series, f, Vector512.Create(2.4022651e-1f));
        series = Vector512.FusedMultiplyAdd(series, f, Vector512.Create(6.9314718e-1f));
        series = Vector512.FusedMultiplyAdd(series, f, Vector512<float>.One);
        Vector512<float> scale = Vector512.ShiftLeft(Vector512.ConvertToInt32Native(whole) + Vector512.Create(127), 23).AsSingle();
        return Vector512<float>.One / Vector512.FusedMultiplyAdd(series, scale, Vector512<float>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, Vector512<float> e, Vector512<float> f)
    {
        if (!Avx.IsSupported)
            return Vector256.Create(Vector512.Sum(a), Vector512.Sum(b), Vector512.Sum(c), Vector512.Sum(d), Vector512.Sum(e), Vector512.Sum(f), 0, 0);
        Vector256<float> abcd = Avx.HorizontalAdd(Avx.HorizontalAdd(Half(a), Half(b)), Avx.HorizontalAdd(Half(c), Half(d)));
        Vector256<float> ef = Avx.HorizontalAdd(Half(e), Half(f));
        ef = Avx.HorizontalAdd(ef, ef);
        return Vector256.Create(abcd.GetLower() + abcd.GetUpper(), ef.GetLower() + ef.GetUpper());

        static Vector256<float> Half(Vector512<float> v) => v.GetLower() + v.GetUpper();
    }
}
