namespace MLNet.Pretrain.Networks.Text;

/// <summary>Which tags may follow which, begin a sequence and end one, such as the rules of BIO and BIOES: no inside without a beginning.</summary>
public sealed class TagRules
{
    private readonly bool[,] _transitions;
    private readonly bool[] _starts, _ends;

    /// <summary>Takes a copy of the rules.</summary>
    /// <param name="transitions">[K, K], K of 1 or more; true at [i, j] where tag j may follow tag i.</param>
    /// <param name="starts">K values: true where a sequence may begin with the tag.</param>
    /// <param name="ends">K values: true where a sequence may end with the tag.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public TagRules(bool[,] transitions, IReadOnlyList<bool> starts, IReadOnlyList<bool> ends)
    {
        ArgumentNullException.ThrowIfNull(transitions);
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(ends);
        int tags = transitions.GetLength(0);
        if (tags == 0 || transitions.GetLength(1) != tags || starts.Count != tags || ends.Count != tags)
            throw new ArgumentException($"There are {tags} x {transitions.GetLength(1)} transitions, {starts.Count} starts and {ends.Count} ends; expected K x K, K and K, K of 1 or more.", nameof(transitions));
        (_transitions, _starts, _ends) = ((bool[,])transitions.Clone(), [.. starts], [.. ends]);
    }

    /// <summary>Tags, K.</summary>
    public int TagCount => _starts.Length;

    /// <summary>Whether a tag may follow another.</summary>
    /// <param name="from">The first tag, in [0, K).</param>
    /// <param name="to">The one after it, in [0, K).</param>
    public bool Allows(int from, int to) => _transitions[from, to];

    /// <summary>Whether a sequence may begin with a tag.</summary>
    /// <param name="tag">In [0, K).</param>
    public bool AllowsStart(int tag) => _starts[tag];

    /// <summary>Whether a sequence may end with a tag.</summary>
    /// <param name="tag">In [0, K).</param>
    public bool AllowsEnd(int tag) => _ends[tag];
}
