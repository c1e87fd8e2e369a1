namespace MLNet.Pretrain.Text;

/// <summary>
/// Why a network said what it said of a text: what each token adds to its output, by integrated gradients (Sundararajan et al. 2017). The values of all tokens
/// add up to the output less that of a baseline in which every word is hidden, but for the error of a sum in the place of an integral.
/// </summary>
public sealed record TextAttribution
{
    /// <summary>The class explained; null where a number was predicted.</summary>
    public required string? Class { get; init; }

    /// <summary>What the values add up to, with <see cref="BaselineOutput"/>: the log-odds of <see cref="Class"/> against all others, or the predicted number.</summary>
    public required double Output { get; init; }

    /// <summary>The same for the baseline.</summary>
    public required double BaselineOutput { get; init; }

    /// <summary>The tokens that the network read, in order; their places do not overlap. Tokens of no text (<c>[CLS]</c>, <c>[SEP]</c>) stand in the baseline as well and add nothing.</summary>
    public required IReadOnlyList<TokenAttribution> Tokens { get; init; }

    /// <summary>Whether the text was cut to the network's limit, so that some of it was not read.</summary>
    public required bool Truncated { get; init; }

    /// <summary>The values of all tokens together: about <see cref="Output"/> less <see cref="BaselineOutput"/>. Where it is not, take more <see cref="AttributionOptions.Steps"/>.</summary>
    public double Sum => Tokens.Sum(token => (double)token.Value);

    /// <summary>Probability of <see cref="Class"/>, in [0, 1]; null where a number was predicted.</summary>
    public double? Probability => Class is null ? null : 1 / (1 + Math.Exp(-Output));
}
