using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Search;

/// <summary>
/// The rows of a matrix nearest to a query by cosine or scalar product, exactly: a pass over rows rounded to 8 bits, with a known bound on each row's
/// rounding error, leaves the few hundred that can be among the nearest, and these are computed in full. It reads a quarter of the memory, which is
/// what such a search waits for. Of equals the lower row comes first. Thread safe.
/// </summary>
internal sealed class NearestRows
{
    private const int RowAlignment = 32, PrefetchRows = 16;

    private readonly float[] _values;
    private readonly int _size, _stride;
    private readonly sbyte[] _codes;
    private readonly float[] _scales, _errors;

    // What each row is divided by before it is rounded: its own length for cosines; for scalar products the longest row's, so that bounds are alike.
    private readonly float[] _lengths;
    private readonly bool _cosine;

    /// <param name="values">[rows, size], finite numbers.</param>
    /// <param name="size">Components of a row.</param>
    /// <param name="similarity">What is nearer.</param>
    public NearestRows(float[] values, int size, VectorSimilarity similarity = VectorSimilarity.Cosine)
    {
        _cosine = similarity == VectorSimilarity.Cosine;
        (_values, _size, _stride) = (values, size, (size + RowAlignment - 1) / RowAlignment * RowAlignment);
        Count = values.Length / size;
        if ((long)Count * _stride > Array.MaxLength)
            throw new InvalidOperationException($"{Count} vectors of {size} components are too many for one search; load fewer.");
        (_scales, _errors, _lengths) = (new float[Count], new float[Count], new float[Count]);
        _codes = GC.AllocateUninitializedArray<sbyte>(Count * _stride);
        EachRow(row => _lengths[row] = VectorLength.Of(Row(row)));
        if (!_cosine && Count > 0) Array.Fill(_lengths, TensorPrimitives.Max<float>(_lengths));
        EachRow(Encode);
    }

    public int Count { get; }

    /// <summary>Adds a row scaled to length 1, times a factor. For cosines only.</summary>
    public void AddUnit(int row, float factor, Span<float> target)
    {
        if (_lengths[row] > 0) TensorPrimitives.MultiplyAdd(Row(row), factor / _lengths[row], target, target);
    }

    /// <summary>The rows nearest to <paramref name="query"/>, nearest first; none where it is 0.</summary>
    /// <param name="query">Finite numbers.</param>
    /// <param name="count">The most rows.</param>
    /// <param name="limit">Only rows below this are looked at.</param>
    /// <param name="excluded">Rows left out.</param>
    public (int Row, float Score)[] Find(ReadOnlySpan<float> query, int count, int limit, ReadOnlySpan<int> excluded)
    {
        limit = Math.Min(limit, Count);
        float norm = VectorLength.Of(query);
        if (norm == 0 || limit == 0 || count == 0) return [];
        float[] unit = new float[_size];
        TensorPrimitives.Divide(query, norm, unit);
        short[] code = ArrayPool<short>.Shared.Rent(_stride);
        float[] scores = ArrayPool<float>.Shared.Rent(limit);
        try
        {
            (float scale, float error) = Encode(unit, code.AsSpan(0, _stride));
            Scan(code, scale, scores.AsSpan(0, limit));
            foreach (int row in excluded)
                if (row >= 0 && row < limit) scores[row] = float.NegativeInfinity;
            return Refine(query, unit, error + 1e-6f, count, scores.AsSpan(0, limit));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scores);
            ArrayPool<short>.Shared.Return(code);
        }
    }

    private void EachRow(Action<int> action) => Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(0, Math.Max(Count, 1)), range =>
    {
        for (int row = range.Item1; row < Math.Min(range.Item2, Count); row++) action(row);
    });

    private ReadOnlySpan<float> Row(int row) => _values.AsSpan(row * _size, _size);

    // Whatever may be nearer than the count-th best of the lower bounds is looked at in full: in single precision first, and what is then too close to
    // call in double. Where vectors have a common direction, bounds alone leave many.
    private (int Row, float Score)[] Refine(ReadOnlySpan<float> query, ReadOnlySpan<float> unit, float queryError, int count, ReadOnlySpan<float> scores)
    {
        float threshold = LowerBound(count, scores) - 2 * queryError;
        var best = new PriorityQueue<int, float>();
        float slack = 1e-6f + 6e-8f * _size, least = float.NegativeInfinity;
        List<(int Row, float Score)> close = [];
        for (int row = 0; row < scores.Length; row++)
        {
            if (!MayPass(scores, ref row, 1, threshold) || float.IsNegativeInfinity(scores[row])) continue;
            if (scores[row] + _errors[row] < threshold || scores[row] + _errors[row] + queryError < least - slack) continue;
            float score = _lengths[row] == 0 ? 0 : TensorPrimitives.Dot(unit, Row(row)) / _lengths[row];
            // Beyond what single precision holds.
            bool rough = !float.IsFinite(score) || _lengths[row] is > 0 and < 1e-30f;
            close.Add((row, rough ? float.PositiveInfinity : score));
            if (rough) continue;
            best.Enqueue(row, score);
            if (best.Count > count) best.Dequeue();
            if (best.Count == count && best.TryPeek(out _, out float smallest)) least = smallest;
        }
        List<(int Row, double Score)> found = [];
        foreach ((int row, float score) in close)
            if (score >= least - 2 * slack) found.Add((row, Exactly(query, row)));
        return [.. found.OrderByDescending(f => f.Score).ThenBy(f => f.Row).Take(count).Select(f => (f.Row, (float)f.Score))];
    }

    // The count-th best score that is certain, but for the query's own rounding.
    private float LowerBound(int count, ReadOnlySpan<float> scores)
    {
        var lowest = new PriorityQueue<int, float>();
        float threshold = float.MinValue;
        for (int row = 0; row < scores.Length; row++)
        {
            if (!MayPass(scores, ref row, -1, threshold)) continue;
            float lower = scores[row] - _errors[row];
            if (lower <= threshold) continue;
            lowest.Enqueue(row, lower);
            if (lowest.Count > count) lowest.Dequeue();
            if (lowest.Count == count && lowest.TryPeek(out _, out float smallest)) threshold = smallest;
        }
        return threshold;
    }

    // One sum after the other in double precision: equal rows have equal scores wherever they lie.
    private double Exactly(ReadOnlySpan<float> query, int row)
    {
        if (_lengths[row] == 0) return 0;
        ReadOnlySpan<float> values = Row(row);
        (double product, double squares, double querySquares) = (0, 0, 0);
        for (int d = 0; d < values.Length; d++)
        {
            product += (double)query[d] * values[d];
            squares += (double)values[d] * values[d];
            querySquares += (double)query[d] * query[d];
        }
        return _cosine ? Math.Clamp(product / Math.Sqrt(squares) / Math.Sqrt(querySquares), -1, 1) : product;
    }

    // Passes over 16 rows at once where none of their bounds reaches the threshold, which is nearly everywhere.
    private bool MayPass(ReadOnlySpan<float> scores, ref int row, float sign, float threshold)
    {
        int lanes = Vector512<float>.Count;
        if (row % lanes != 0 || row + lanes > scores.Length) return true;
        Vector512<float> bound = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(scores), (nuint)row) + Vector512.LoadUnsafe(ref _errors[0], (nuint)row) * sign;
        if (Vector512.GreaterThanOrEqualAny(bound, Vector512.Create(threshold))) return true;
        row += lanes - 1;
        return false;
    }

    private void Scan(short[] query, float queryScale, Span<float> scores)
    {
        int row = 0;
        if (Avx512BW.IsSupported)
            for (; row + 4 <= scores.Length; row += 4) DotFour(query, row, queryScale, scores.Slice(row, 4));
        for (; row < scores.Length; row++) scores[row] = Dot(query, row) * _scales[row] * queryScale;
    }

    // Four rows at once wait for memory together.
    private void DotFour(short[] query, int row, float queryScale, Span<float> scores)
    {
        ref sbyte a = ref _codes[row * _stride];
        ref sbyte b = ref Unsafe.Add(ref a, _stride), c = ref Unsafe.Add(ref b, _stride), d = ref Unsafe.Add(ref c, _stride);
        ref short q = ref query[0];
        Vector512<int> sumA = default, sumB = default, sumC = default, sumD = default;
        for (nuint at = 0; at < (nuint)_stride; at += 32)
        {
            // The processor's own look-ahead stops at pages; two cache lines of the four rows that come in a while.
            if (at % 64 == 0) Prefetch(ref a, at * 4 + (nuint)(_stride * PrefetchRows));
            Vector512<short> part = Vector512.LoadUnsafe(ref q, at);
            sumA += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref a, at)), part);
            sumB += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref b, at)), part);
            sumC += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref c, at)), part);
            sumD += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref d, at)), part);
        }
        Vector256<int> abcd = Avx2.HorizontalAdd(Avx2.HorizontalAdd(Half(sumA), Half(sumB)), Avx2.HorizontalAdd(Half(sumC), Half(sumD)));
        Vector128<float> sums = Vector128.ConvertToSingle(abcd.GetLower() + abcd.GetUpper());
        (sums * Vector128.LoadUnsafe(ref _scales[row]) * queryScale).StoreUnsafe(ref scores[0]);

        static Vector256<int> Half(Vector512<int> v) => v.GetLower() + v.GetUpper();
    }

    private static unsafe void Prefetch(ref sbyte from, nuint offset)
    {
        byte* at = (byte*)Unsafe.AsPointer(ref Unsafe.Add(ref from, offset));
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + 64);
        Sse.Prefetch0(at + 128);
        Sse.Prefetch0(at + 192);
    }

    private int Dot(short[] query, int row)
    {
        ref sbyte codes = ref _codes[row * _stride];
        ref short q = ref query[0];
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
        float length = _lengths[row], largest = Math.Abs(TensorPrimitives.MaxMagnitude(values));
        float scale = _scales[row] = length == 0 ? 0 : largest / length / sbyte.MaxValue;
        if (scale < 1e-30f)
        {
            // As good as 0 beside the longest row.
            (_scales[row], _errors[row]) = (0, length == 0 ? 0 : 1e-20f);
            return;
        }
        double error = 0;
        for (int d = 0; d < values.Length; d++)
        {
            float unit = values[d] / length;
            codes[d] = (sbyte)MathF.Round(unit / scale);
            error += (unit - codes[d] * scale) * (unit - codes[d] * scale);
        }
        _errors[row] = (float)Math.Sqrt(error);
    }

    private (float Scale, float Error) Encode(ReadOnlySpan<float> unit, Span<short> code)
    {
        code.Clear();
        // The sum of all products must fit 32 bits, however alike the components are.
        float largestCode = Math.Min(short.MaxValue, (float)(int.MaxValue / ((double)sbyte.MaxValue * _size)) - 1);
        float scale = Math.Abs(TensorPrimitives.MaxMagnitude(unit)) / largestCode;
        double error = 0;
        for (int d = 0; d < unit.Length; d++)
        {
            code[d] = (short)MathF.Round(unit[d] / scale);
            error += (unit[d] - code[d] * scale) * (unit[d] - code[d] * scale);
        }
        return (scale, (float)Math.Sqrt(error));
    }
}
