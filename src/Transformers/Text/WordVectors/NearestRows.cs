using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The rows of a matrix nearest to a query by cosine, exactly: a pass over rows rounded to 8 bits, with a known bound on each row's rounding error,
/// leaves the few hundred that can be among the nearest, and these are computed in full. It reads a quarter of the memory, which is what
/// such a search waits for.
/// </summary>
internal sealed class NearestRows
{
    private const int RowAlignment = 32;

    private readonly float[] _values;
    private readonly int _size, _stride;
    private readonly sbyte[] _codes;
    private readonly float[] _scales, _errors, _norms;

    /// <param name="values">[rows, size]</param>
    /// <param name="size">Components of a row.</param>
    public NearestRows(float[] values, int size)
    {
        (_values, _size, _stride) = (values, size, (size + RowAlignment - 1) / RowAlignment * RowAlignment);
        Count = values.Length / size;
        (_scales, _errors, _norms) = (new float[Count], new float[Count], new float[Count]);
        _codes = GC.AllocateUninitializedArray<sbyte>(checked(Count * _stride));
        Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(0, Math.Max(Count, 1)), range =>
        {
            for (int row = range.Item1; row < Math.Min(range.Item2, Count); row++) Encode(row);
        });
    }

    public int Count { get; }

    /// <summary>The cosine of two rows; 0 where one is all zeros.</summary>
    public float Cosine(int a, int b) => _norms[a] == 0 || _norms[b] == 0 ? 0 : Math.Clamp(TensorPrimitives.Dot(Row(a), Row(b)) / (_norms[a] * _norms[b]), -1, 1);

    /// <summary>Adds a row scaled to length 1, times a factor.</summary>
    public void AddUnit(int row, float factor, Span<float> target)
    {
        if (_norms[row] > 0) TensorPrimitives.MultiplyAdd(Row(row), factor / _norms[row], target, target);
    }

    /// <summary>The rows nearest to <paramref name="query"/>, nearest first.</summary>
    /// <param name="query">Of any length.</param>
    /// <param name="count">The most rows.</param>
    /// <param name="limit">Only rows below this are looked at.</param>
    /// <param name="excluded">Rows left out.</param>
    public (int Row, float Cosine)[] Find(ReadOnlySpan<float> query, int count, int limit, ReadOnlySpan<int> excluded)
    {
        limit = Math.Min(limit, Count);
        float norm = TensorPrimitives.Norm(query);
        if (norm == 0 || limit == 0 || count == 0) return [];
        short[] code = ArrayPool<short>.Shared.Rent(_stride);
        float[] scores = ArrayPool<float>.Shared.Rent(limit);
        try
        {
            (float scale, float error) = Encode(query, norm, code.AsSpan(0, _stride));
            Scan(code, scale, scores.AsSpan(0, limit));
            foreach (int row in excluded)
                if (row >= 0 && row < limit) scores[row] = float.NegativeInfinity;
            return Refine(query, norm, error + 1e-6f, count, scores.AsSpan(0, limit));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scores);
            ArrayPool<short>.Shared.Return(code);
        }
    }

    private ReadOnlySpan<float> Row(int row) => _values.AsSpan(row * _size, _size);

    // What is surely nearer than the count-th nearest's lower bound is computed in full.
    private (int Row, float Cosine)[] Refine(ReadOnlySpan<float> query, float norm, float queryError, int count, ReadOnlySpan<float> scores)
    {
        var lowest = new PriorityQueue<int, float>();
        float threshold = float.NegativeInfinity;
        for (int row = 0; row < scores.Length; row++)
        {
            float lower = scores[row] - _errors[row];
            if (lower <= threshold || float.IsNegativeInfinity(lower)) continue;
            lowest.Enqueue(row, lower);
            if (lowest.Count > count) lowest.Dequeue();
            if (lowest.Count == count && lowest.TryPeek(out _, out float smallest)) threshold = smallest;
        }
        List<(int Row, float Cosine)> found = [];
        for (int row = 0; row < scores.Length; row++)
        {
            if (scores[row] + _errors[row] + 2 * queryError < threshold || float.IsNegativeInfinity(scores[row])) continue;
            float length = _norms[row] * norm;
            found.Add((row, length == 0 ? 0 : Math.Clamp(TensorPrimitives.Dot(query, Row(row)) / length, -1, 1)));
        }
        return [.. found.OrderByDescending(f => f.Cosine).ThenBy(f => f.Row).Take(count)];
    }

    private void Scan(short[] query, float queryScale, Span<float> scores)
    {
        for (int row = 0; row < scores.Length; row++) scores[row] = Dot(query, row) * _scales[row] * queryScale;
    }

    private int Dot(short[] query, int row)
    {
        ref sbyte codes = ref _codes[row * _stride];
        ref short q = ref query[0];
        if (Avx512BW.IsSupported)
        {
            Vector512<int> sum = default;
            for (nuint d = 0; d < (nuint)_stride; d += 32)
                sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref codes, d)), Vector512.LoadUnsafe(ref q, d));
            return Vector512.Sum(sum);
        }
        if (Avx2.IsSupported)
        {
            Vector256<int> sum = default;
            for (nuint d = 0; d < (nuint)_stride; d += 16)
                sum += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref codes, d)), Vector256.LoadUnsafe(ref q, d));
            return Vector256.Sum(sum);
        }
        int total = 0;
        ReadOnlySpan<sbyte> all = _codes.AsSpan(row * _stride, _stride);
        for (int d = 0; d < all.Length; d++) total += all[d] * query[d];
        return total;
    }

    private void Encode(int row)
    {
        ReadOnlySpan<float> values = Row(row);
        Span<sbyte> codes = _codes.AsSpan(row * _stride, _stride);
        codes.Clear();
        float norm = _norms[row] = TensorPrimitives.Norm(values), largest = Math.Abs(TensorPrimitives.MaxMagnitude(values));
        if (norm == 0) return;
        float scale = _scales[row] = largest / norm / sbyte.MaxValue;
        double error = 0;
        for (int d = 0; d < values.Length; d++)
        {
            float unit = values[d] / norm;
            codes[d] = (sbyte)MathF.Round(unit / scale);
            error += (unit - codes[d] * scale) * (unit - codes[d] * scale);
        }
        _errors[row] = (float)Math.Sqrt(error);
    }

    private static (float Scale, float Error) Encode(ReadOnlySpan<float> query, float norm, Span<short> code)
    {
        code.Clear();
        float scale = Math.Abs(TensorPrimitives.MaxMagnitude(query)) / norm / short.MaxValue;
        double error = 0;
        for (int d = 0; d < query.Length; d++)
        {
            float unit = query[d] / norm;
            code[d] = (short)MathF.Round(unit / scale);
            error += (unit - code[d] * scale) * (unit - code[d] * scale);
        }
        return (scale, (float)Math.Sqrt(error));
    }
}
