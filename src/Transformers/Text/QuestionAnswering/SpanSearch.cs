using System.Numerics;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The spans whose start and end score highest together. All places of a span are allowed ones, so none reaches over a gap; spans that score minus infinity
/// or no number are not found.
/// </summary>
internal static class SpanSearch
{
    /// <summary>The best span, in one pass: for each end, the best start within reach stands at the front of a queue of starts that fall.</summary>
    /// <param name="starts">N scores.</param>
    /// <param name="ends">N scores.</param>
    /// <param name="allowed">N values: true where a span may be.</param>
    /// <param name="maxLength">The most places of a span, 1 or more.</param>
    /// <returns>Null where there is none.</returns>
    public static AnswerSpan? Best(ReadOnlySpan<float> starts, ReadOnlySpan<float> ends, ReadOnlySpan<bool> allowed, int maxLength)
    {
        Check(starts, ends, allowed, maxLength);
        AnswerSpan? best = null;
        int[] queue = new int[starts.Length];
        (int first, int count) = (0, 0);
        for (int end = 0; end < ends.Length; end++)
        {
            if (!allowed[end])
            {
                count = 0;
                continue;
            }
            if (count > 0 && queue[first] <= end - maxLength) (first, count) = (first + 1, count - 1);
            if (starts[end] > float.NegativeInfinity)
            {
                // Of equal starts the earlier one stays.
                while (count > 0 && starts[queue[first + count - 1]] < starts[end]) count--;
                if (count == 0) first = 0;
                queue[first + count++] = end;
            }
            if (count == 0) continue;
            var span = new AnswerSpan(queue[first], end, starts[queue[first]] + ends[end]);
            if (span.Score > float.NegativeInfinity && (best is not { } sofar || span.CompareTo(sofar) > 0)) best = span;
        }
        return best;
    }

    /// <summary>The best spans; starts that cannot reach the worst of them are skipped, and ends are looked at a vector at a time.</summary>
    /// <param name="starts">N scores.</param>
    /// <param name="ends">N scores.</param>
    /// <param name="allowed">N values: true where a span may be.</param>
    /// <param name="maxLength">The most places of a span, 1 or more.</param>
    /// <param name="count">How many, 1 or more.</param>
    /// <returns>The best first; fewer where there are no more.</returns>
    public static AnswerSpan[] Best(ReadOnlySpan<float> starts, ReadOnlySpan<float> ends, ReadOnlySpan<bool> allowed, int maxLength, int count)
    {
        if (count < 1) throw new ArgumentException($"count is {count}; expected 1 or more.", nameof(count));
        if (count == 1) return Best(starts, ends, allowed, maxLength) is { } best ? [best] : [];
        Check(starts, ends, allowed, maxLength);
        int[] runEnds = RunEnds(allowed);
        float highestEnd = float.NegativeInfinity;
        for (int i = 0; i < ends.Length; i++)
            if (allowed[i] && ends[i] > highestEnd) highestEnd = ends[i];
        var found = new PriorityQueue<AnswerSpan, AnswerSpan>();   // the worst first
        float worst = float.NegativeInfinity;
        for (int start = 0; start < starts.Length; start++)
        {
            float score = starts[start];
            if (!allowed[start] || !(score + highestEnd > worst)) continue;
            int limit = (int)Math.Min(runEnds[start], (long)start + maxLength);
            for (int end = start; end < limit;)
            {
                int block = Math.Min(Vector<float>.Count, limit - end);
                if (block < Vector<float>.Count || Vector.GreaterThanAny(new Vector<float>(score) + new Vector<float>(ends[end..]), new Vector<float>(worst)))
                    for (int i = end; i < end + block; i++) Add(new AnswerSpan(start, i, score + ends[i]));
                end += block;
            }
        }
        AnswerSpan[] result = new AnswerSpan[found.Count];
        for (int i = result.Length - 1; i >= 0; i--) result[i] = found.Dequeue();
        return result;

        // Spans come in the order that decides between equal scores, so an equal one is never better.
        void Add(AnswerSpan span)
        {
            if (!(span.Score > worst)) return;
            if (found.Count < count) found.Enqueue(span, span);
            else found.EnqueueDequeue(span, span);
            if (found.Count == count) worst = found.Peek().Score;
        }
    }

    // Of each place the first place after it that is not allowed.
    private static int[] RunEnds(ReadOnlySpan<bool> allowed)
    {
        int[] ends = new int[allowed.Length];
        int end = allowed.Length;
        for (int i = allowed.Length - 1; i >= 0; i--)
        {
            if (!allowed[i]) end = i;
            ends[i] = end;
        }
        return ends;
    }

    private static void Check(ReadOnlySpan<float> starts, ReadOnlySpan<float> ends, ReadOnlySpan<bool> allowed, int maxLength)
    {
        if (ends.Length != starts.Length || allowed.Length != starts.Length)
            throw new ArgumentException($"There are {starts.Length} starts, {ends.Length} ends and {allowed.Length} allowed places; expected as many of each.", nameof(ends));
        if (maxLength < 1) throw new ArgumentException($"maxLength is {maxLength}; expected 1 or more.", nameof(maxLength));
    }
}
