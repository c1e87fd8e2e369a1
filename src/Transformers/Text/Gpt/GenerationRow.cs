namespace MLNet.Pretrain.Text;

/// <summary>One text in the making, as tokens.</summary>
internal sealed class GenerationRow
{
    private readonly HashSet<int> _seen;
    private readonly TokenSampler _sampler;
    private readonly Func<int, bool> _accept;

    /// <param name="prompt">At least one token; those beyond the network's positions are forgotten, the first ones first.</param>
    /// <param name="maxPositions">The network's.</param>
    /// <param name="sampler">Chooses.</param>
    /// <param name="accept">Takes each new token; false ends the text.</param>
    public GenerationRow(IReadOnlyList<int> prompt, int maxPositions, TokenSampler sampler, Func<int, bool> accept)
    {
        Context = [.. prompt.Skip(prompt.Count - maxPositions)];
        (_seen, _sampler, _accept) = ([.. prompt], sampler, accept);
    }

    /// <summary>What the next token follows.</summary>
    public List<int> Context { get; }

    public bool Ended { get; private set; }

    public void Advance(ReadOnlySpan<float> logits)
    {
        int id = _sampler.Choose(logits, _seen);
        Ended = !_accept(id);
        Context.Add(id);
        _seen.Add(id);
    }

    /// <summary>
    /// Where the context is longer than the positions, keeps the later half of what fits: positions begin anew, so everything kept is read again,
    /// and half leaves room for as many tokens before the next time.
    /// </summary>
    public void Slide(int maxPositions)
    {
        if (Context.Count > maxPositions) Context.RemoveRange(0, Context.Count - Math.Max(1, maxPositions / 2));
    }
}
