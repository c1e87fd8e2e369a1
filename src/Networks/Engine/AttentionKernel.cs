using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>
/// Attention of one text on one core, a head at a time: keys turned into panels, scores of eight queries against all keys, their softmax, and the product with
/// the values while both are in the first cache. No mask, since a text has no padding; libtorch's kernel takes two to three times as long at these sizes.
/// Sums are in float32 whatever the numbers' format. Belongs to one thread at a time. Needs AVX-512.
/// </summary>
internal sealed unsafe class AttentionKernel : IDisposable
{
    private const int Lanes = 16, Rows = RowBlockProduct.Rows, Panel = RowBlockProduct.Columns;

    private readonly NativeBuffer _query = new(), _keys = new(), _values = new(), _scores = new(), _block = new();

    /// <summary>softmax(query key' / sqrt(size of a head)) value, the heads beside each other.</summary>
    /// <param name="projected">Query, key and value of each token beside each other, each with all heads.</param>
    /// <param name="context">[tokens, heads x size of a head]</param>
    /// <param name="shape">Which rows, and their heads.</param>
    public void Run<TSource, TFormat>(TSource projected, void* context, AttentionShape shape)
        where TSource : struct, IRowSource
        where TFormat : struct, INumberFormat
    {
        for (int head = 0; head < shape.Heads; head++) Head<TSource, TFormat>(projected, context, shape, head);
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in (NativeBuffer[])[_query, _keys, _values, _scores, _block]) buffer.Dispose();
    }

    // Loops that are long on their first call already: not to be waited for until the runtime finds them hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Head<TSource, TFormat>(TSource projected, void* context, AttentionShape shape, int head)
        where TSource : struct, IRowSource
        where TFormat : struct, INumberFormat
    {
        (nint length, nint size, nint width) = (shape.Length, shape.HeadSize, shape.Heads * shape.HeadSize);
        nint wide = RoundUp(size, Panel), keys = RoundUp(length, Panel);
        float* query = _query.Take<float>(RoundUp(length, Rows) * wide);
        float* key = _keys.Take<float>(keys * wide), value = _values.Take<float>(length * wide);
        float* scores = _scores.Take<float>(Rows * keys), block = _block.Take<float>(Rows * Panel);
        nint column = head * size;
        // Values are read where the panels of their columns begin: one behind the other, [wide / Panel, length, Panel].
        for (nint row = 0; row < length; row++)
        {
            ReadRow(projected, shape.FirstRow + row, column, size, wide, 1 / MathF.Sqrt(size), query + row * wide);
            for (nint panel = 0; panel < wide; panel += Panel)
                ReadRow(projected, shape.FirstRow + row, 2 * width + column + panel, Math.Min(Panel, size - panel), Panel, 1, value + panel * length + row * Panel);
        }
        PackKeys(projected, shape, width + column, key, keys, wide, block);

        for (nint first = 0; first < length; first += Rows)
        {
            for (nint panel = 0; panel < length; panel += Panel) RowBlockProduct.Multiply(query + first * wide, wide, key + panel * wide, size, scores + panel, keys);
            int rows = (int)Math.Min(Rows, length - first);
            Vector256<float> inverses = default;
            for (int row = 0; row < rows; row++) inverses = inverses.WithElement(row, Softmax(scores + row * keys, length));
            for (nint panel = 0; panel < wide; panel += Panel)
            {
                RowBlockProduct.Multiply(scores, keys, value + panel * length, length, block, Panel);
                for (int row = 0; row < rows; row++)
                    Write<TFormat>(context, (shape.FirstRow + first + row) * width + column + panel, block + row * Panel, Math.Min(Panel, size - panel), inverses[row]);
            }
        }
    }

    // Numbers of a row times a factor, zeros behind them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadRow<TSource>(TSource source, nint row, nint column, nint count, nint wide, float factor, float* to) where TSource : struct, IRowSource
    {
        Vector512<float> scale = Vector512.Create(factor);
        nint i = 0;
        for (; i + Lanes <= count; i += Lanes) (source.Load(row, column + i) * scale).StoreAligned(to + i);
        for (; i < count; i++) to[i] = source.Get(row, column + i) * factor;
        for (; i < wide; i++) to[i] = 0;
    }

    // [keys / Panel, wide, Panel]: a component of 32 keys beside each other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackKeys<TSource>(TSource source, AttentionShape shape, nint column, float* to, nint keys, nint wide, float* four) where TSource : struct, IRowSource
    {
        for (nint first = 0; first < keys; first += 4)
        {
            float* panel = to + first / Panel * Panel * wide + first % Panel;
            for (nint part = 0; part < wide; part += Panel)
            {
                for (nint row = 0; row < 4; row++)
                {
                    // Beyond the text: zeros, whose scores nobody reads.
                    nint count = first + row < shape.Length ? Math.Min(Panel, shape.HeadSize - part) : 0;
                    ReadRow(source, shape.FirstRow + first + row, column + part, count, Panel, 1, four + row * Panel);
                }
                for (nint k = 0; k < Panel; k += 4) Transpose(four + k, panel + (part + k) * Panel);
            }
        }
    }

    // Four by four, from rows a panel apart to rows a panel apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* from, float* to)
    {
        Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + Panel), c = Vector128.Load(from + 2 * Panel), d = Vector128.Load(from + 3 * Panel);
        Vector128<float> lowAb = Sse.UnpackLow(a, b), highAb = Sse.UnpackHigh(a, b), lowCd = Sse.UnpackLow(c, d), highCd = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(lowAb, lowCd).Store(to);
        Sse.MoveHighToLow(lowCd, lowAb).Store(to + Panel);
        Sse.MoveLowToHigh(highAb, highCd).Store(to + 2 * Panel);
        Sse.MoveHighToLow(highCd, highAb).Store(to + 3 * Panel);
    }

    // e^(score - the largest) in place, nothing (1e-38) for what fills up the last vector; returns 1 over their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Softmax(float* scores, nint count)
    {
        nint padded = RoundUp(count, Lanes);
        for (nint i = count; i < padded; i++) scores[i] = float.NegativeInfinity;
        Vector512<float> largest = Vector512.LoadAligned(scores);
        for (nint i = Lanes; i < padded; i += Lanes) largest = Vector512.MaxNative(largest, Vector512.LoadAligned(scores + i));
        Vector512<float> most = Vector512.Create(VectorMath.Largest(largest)), sum = default;
        for (nint i = 0; i < padded; i += Lanes)
        {
            Vector512<float> power = VectorMath.Exp(Vector512.LoadAligned(scores + i) - most);
            power.StoreAligned(scores + i);
            sum += power;
        }
        return 1 / Vector512.Sum(sum);
    }

    private static void Write<TFormat>(void* to, nint index, float* from, nint count, float factor) where TFormat : struct, INumberFormat
    {
        Vector512<float> scale = Vector512.Create(factor);
        nint i = 0;
        for (; i + Lanes <= count; i += Lanes) TFormat.Store(to, index + i, Vector512.LoadAligned(from + i) * scale);
        for (; i < count; i++) TFormat.Set(to, index + i, from[i] * factor);
    }

    private static nint RoundUp(nint value, nint step) => (value + step - 1) / step * step;
}

/// <summary>The rows of one text and their heads.</summary>
/// <param name="FirstRow">The text's first token.</param>
/// <param name="Length">Its tokens, at least 1.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadSize">Components of a head.</param>
internal readonly record struct AttentionShape(int FirstRow, int Length, int Heads, int HeadSize);
