using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// The sums over all sequences of a linear chain (Rabiner 1989), in 64 bits. Values are logarithms; a step is a product of a matrix and a vector of
/// exponentials, scaled by the largest one, so that it takes K exponentials and not K x K. Where that would underflow, the step is summed in logarithms.
/// </summary>
internal sealed class ForwardBackward
{
    // What is lost below the smallest 64-bit number, 1e-308, is nothing beside a sum above this.
    private const double SmallestSum = 1e-250;

    private const double LargestExponent = 600;

    private readonly ChainScores _scores;
    private readonly int _tags;
    private readonly double _shift;
    private readonly double[] _weights, _vector, _sums, _after;   // _weights: [K, K], exp(transition - shift)
    private double[] _alpha = [], _beta = [];                     // [N, K]

    public ForwardBackward(ChainScores scores)
    {
        (_scores, _tags) = (scores, scores.TagCount);
        float largest = scores.Transitions.Max();
        _shift = float.IsFinite(largest) ? largest : 0;
        _weights = [.. scores.Transitions.Select(score => Math.Exp(score - _shift))];
        (_vector, _sums, _after, TransitionCounts) = (new double[_tags], new double[_tags], new double[_tags], new double[_tags * _tags]);
    }

    /// <summary>The logarithm of the sum of exp(score) over all sequences; minus infinity where none is possible.</summary>
    public double LogPartition { get; private set; }

    /// <summary>[K, K]: how often each step is expected, once <see cref="Backward"/> ran.</summary>
    public double[] TransitionCounts { get; }

    /// <summary>Runs from the first place to the last, which gives <see cref="LogPartition"/>.</summary>
    /// <param name="emissions">N x K, N of 1 or more</param>
    public void Forward(ReadOnlySpan<float> emissions)
    {
        if (_alpha.Length < emissions.Length) (_alpha, _beta) = (new double[emissions.Length], new double[emissions.Length]);
        for (int tag = 0; tag < _tags; tag++) _alpha[tag] = (double)_scores.Starts[tag] + emissions[tag];
        for (int at = _tags; at < emissions.Length; at += _tags)
        {
            ReadOnlySpan<double> before = _alpha.AsSpan(at - _tags, _tags);
            double largest = Exponentials(before);
            Array.Clear(_sums);
            for (int from = 0; from < _tags; from++) AddScaled(_sums, _vector[from], _weights.AsSpan(from * _tags, _tags));
            for (int to = 0; to < _tags; to++)
                _alpha[at + to] = emissions[at + to] + (_sums[to] >= SmallestSum ? Math.Log(_sums[to]) + largest + _shift : SumExactly(before, to, _tags));
        }
        Span<double> last = _alpha.AsSpan(emissions.Length - _tags, _tags);
        for (int tag = 0; tag < _tags; tag++) _after[tag] = last[tag] + _scores.Ends[tag];
        LogPartition = LogSum(_after);
    }

    /// <summary>Runs from the last place to the first, after <see cref="Forward"/> with the same emissions.</summary>
    /// <param name="emissions">N x K</param>
    public void Backward(ReadOnlySpan<float> emissions)
    {
        Array.Clear(TransitionCounts);
        int last = emissions.Length - _tags;
        for (int tag = 0; tag < _tags; tag++) _beta[last + tag] = _scores.Ends[tag];
        for (int at = last - _tags; at >= 0; at -= _tags)
        {
            for (int tag = 0; tag < _tags; tag++) _after[tag] = emissions[at + _tags + tag] + _beta[at + _tags + tag];
            double largest = Exponentials(_after);
            for (int from = 0; from < _tags; from++)
            {
                double sum = Dot(_weights.AsSpan(from * _tags, _tags), _vector);
                _beta[at + from] = sum >= SmallestSum ? Math.Log(sum) + largest + _shift : SumExactly(_after, from * _tags, 1);
            }
            Count(_alpha.AsSpan(at, _tags), largest);
        }
    }

    /// <summary>The probability of a tag at a real place, after <see cref="Backward"/>.</summary>
    public double Marginal(int place, int tag) => Math.Exp(_alpha[place * _tags + tag] + _beta[place * _tags + tag] - LogPartition);

    /// <summary>The probability that a run of places has just these tags, after <see cref="Backward"/> (Culotta and McCallum 2004).</summary>
    /// <param name="emissions">N x K</param>
    /// <param name="first">The first place of the run.</param>
    /// <param name="tags">One a place, 1 or more.</param>
    public double Probability(ReadOnlySpan<float> emissions, int first, ReadOnlySpan<int> tags)
    {
        double score = _alpha[first * _tags + tags[0]] + _beta[(first + tags.Length - 1) * _tags + tags[^1]] - LogPartition;
        for (int i = 1; i < tags.Length; i++) score += (double)_scores.Transitions[tags[i - 1] * _tags + tags[i]] + emissions[(first + i) * _tags + tags[i]];
        return Math.Exp(score);
    }

    // Expected steps between a place and the next, whose exponentials are in _vector and their logarithms in _after.
    private void Count(ReadOnlySpan<double> alpha, double largestAfter)
    {
        double largest = Largest(alpha), exponent = largest + largestAfter + _shift - LogPartition;
        for (int from = 0; from < _tags; from++)
        {
            Span<double> counts = TransitionCounts.AsSpan(from * _tags, _tags);
            if (exponent < LargestExponent)
                AddProduct(counts, Math.Exp(exponent) * Math.Exp(alpha[from] - largest), _weights.AsSpan(from * _tags, _tags), _vector);
            else
                for (int to = 0; to < _tags; to++) counts[to] += Math.Exp(alpha[from] + _scores.Transitions[from * _tags + to] + _after[to] - LogPartition);
        }
    }

    // log of the sum of exp(value + transition), the transitions so many numbers apart.
    private double SumExactly(ReadOnlySpan<double> values, int first, int stride)
    {
        Span<double> terms = _tags <= 256 ? stackalloc double[_tags] : new double[_tags];
        for (int i = 0; i < _tags; i++) terms[i] = values[i] + _scores.Transitions[first + i * stride];
        return LogSum(terms);
    }

    // _vector = exp(values - the largest), which is returned. All are 0 where nothing is possible.
    private double Exponentials(ReadOnlySpan<double> values)
    {
        double largest = Largest(values);
        for (int i = 0; i < values.Length; i++) _vector[i] = double.IsNegativeInfinity(largest) ? 0 : Math.Exp(values[i] - largest);
        return largest;
    }

    private static double LogSum(ReadOnlySpan<double> values)
    {
        (double largest, double sum) = (Largest(values), 0);
        if (double.IsNegativeInfinity(largest)) return largest;
        foreach (double value in values) sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }

    private static double Largest(ReadOnlySpan<double> values)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in values) largest = Math.Max(largest, value);
        return largest;
    }

    private static void AddScaled(Span<double> sums, double factor, ReadOnlySpan<double> values)
    {
        Span<Vector<double>> wide = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (int i = 0; i < wide.Length; i++) wide[i] += Wide(values)[i] * factor;
        for (int i = wide.Length * Vector<double>.Count; i < sums.Length; i++) sums[i] += values[i] * factor;
    }

    private static void AddProduct(Span<double> sums, double factor, ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Span<Vector<double>> wide = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (int i = 0; i < wide.Length; i++) wide[i] += Wide(a)[i] * Wide(b)[i] * factor;
        for (int i = wide.Length * Vector<double>.Count; i < sums.Length; i++) sums[i] += a[i] * b[i] * factor;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> sums = Vector<double>.Zero;
        int whole = Wide(a).Length;
        for (int i = 0; i < whole; i++) sums += Wide(a)[i] * Wide(b)[i];
        double sum = Vector.Sum(sums);
        for (int i = whole * Vector<double>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static ReadOnlySpan<Vector<double>> Wide(ReadOnlySpan<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);
}
