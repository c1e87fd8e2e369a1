using System.Numerics;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The best sequence of a linear chain (Viterbi 1967), the tags after a step side by side in vectors.</summary>
internal sealed class ViterbiDecoder
{
    private readonly ChainScores _scores;
    private readonly int _tags, _stride;
    private readonly float[] _transitions, _best, _next, _emission;   // rows padded to whole vectors
    private int[] _before = [];                                      // [N, stride]: the best tag before each

    public ViterbiDecoder(ChainScores scores)
    {
        (_scores, _tags) = (scores, scores.TagCount);
        _stride = (_tags + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        (_transitions, _best, _next, _emission) = (new float[_tags * _stride], new float[_stride], new float[_stride], new float[_stride]);
        for (int from = 0; from < _tags; from++) scores.Transitions.AsSpan(from * _tags, _tags).CopyTo(_transitions.AsSpan(from * _stride));
    }

    /// <summary>Finds the tags with the highest score.</summary>
    /// <param name="emissions">N x K, N of 1 or more</param>
    /// <param name="tags">N values, filled.</param>
    /// <returns>Their score; minus infinity where no sequence is possible.</returns>
    public float Decode(ReadOnlySpan<float> emissions, Span<int> tags)
    {
        if (_before.Length < tags.Length * _stride) _before = new int[tags.Length * _stride];
        (float[] best, float[] next) = (_best, _next);
        for (int tag = 0; tag < _tags; tag++) best[tag] = _scores.Starts[tag] + emissions[tag];
        for (int place = 1; place < tags.Length; place++)
        {
            emissions.Slice(place * _tags, _tags).CopyTo(_emission);
            Advance(best, next, _before.AsSpan(place * _stride, _stride));
            (best, next) = (next, best);
        }
        (int last, float score) = (0, float.NegativeInfinity);
        for (int tag = 0; tag < _tags; tag++)
            if (best[tag] + _scores.Ends[tag] > score) (last, score) = (tag, best[tag] + _scores.Ends[tag]);
        tags[^1] = last;
        for (int place = tags.Length - 1; place > 0; place--) tags[place - 1] = _before[place * _stride + tags[place]];
        return score;
    }

    private void Advance(float[] best, float[] next, Span<int> before)
    {
        for (int block = 0; block < _stride; block += Vector<float>.Count)
        {
            (Vector<float> highest, Vector<int> tag) = (new Vector<float>(float.NegativeInfinity), Vector<int>.Zero);
            for (int from = 0; from < _tags; from++)
            {
                Vector<float> score = new Vector<float>(best[from]) + new Vector<float>(_transitions, from * _stride + block);
                Vector<int> higher = Vector.GreaterThan(score, highest);
                highest = Vector.ConditionalSelect(higher, score, highest);
                tag = Vector.ConditionalSelect(higher, new Vector<int>(from), tag);
            }
            (highest + new Vector<float>(_emission, block)).CopyTo(next, block);
            tag.CopyTo(before[block..]);
        }
    }
}
