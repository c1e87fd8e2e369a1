namespace MLNet.Pretrain.Networks.Text;

/// <summary>The weights of a linear chain as numbers, minus infinity where a rule forbids a step.</summary>
internal sealed class ChainScores
{
    public ChainScores(float[] starts, float[] transitions, float[] ends, TagRules? rules)
    {
        (Starts, Transitions, Ends) = (starts, transitions, ends);
        if (rules is null) return;
        for (int from = 0; from < TagCount; from++)
        {
            if (!rules.AllowsStart(from)) starts[from] = float.NegativeInfinity;
            if (!rules.AllowsEnd(from)) ends[from] = float.NegativeInfinity;
            for (int to = 0; to < TagCount; to++)
                if (!rules.Allows(from, to)) transitions[from * TagCount + to] = float.NegativeInfinity;
        }
    }

    public int TagCount => Starts.Length;

    public float[] Starts { get; }

    /// <summary>K rows, the tag before, of K values, the tag after.</summary>
    public float[] Transitions { get; }

    public float[] Ends { get; }

    /// <summary>The score of a sequence, before normalization.</summary>
    /// <param name="emissions">N x K</param>
    /// <param name="tags">N, 1 or more, each in [0, K).</param>
    public double Of(ReadOnlySpan<float> emissions, ReadOnlySpan<int> tags)
    {
        double score = (double)Starts[tags[0]] + Ends[tags[^1]];
        for (int i = 0; i < tags.Length; i++)
        {
            score += emissions[i * TagCount + tags[i]];
            if (i > 0) score += Transitions[tags[i - 1] * TagCount + tags[i]];
        }
        return score;
    }
}
