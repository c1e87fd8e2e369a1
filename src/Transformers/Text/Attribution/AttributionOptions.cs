namespace MLNet.Pretrain.Text;

/// <summary>How a text is explained.</summary>
public sealed record AttributionOptions
{
    /// <summary>Points at which gradients are taken, 1 or more; default 50 (the paper: 20 to 300). Time grows with them, and the gap between <see cref="TextAttribution.Sum"/> and what it should be falls.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Name of the class to explain, as the label has it. Default null: the predicted one. Regressions have none.</summary>
    public string? Class { get; init; }

    /// <summary>What the text is compared with; default <see cref="AttributionBaseline.Mask"/>.</summary>
    public AttributionBaseline Baseline { get; init; } = AttributionBaseline.Mask;

    /// <summary>The most tokens in one pass, 1 or more; default 512. Fewer than in scoring, for what each layer gives is kept for the gradient. A longer text is a pass of its own for each point.</summary>
    public int TokensPerBatch { get; init; } = 512;

    internal void Validate()
    {
        if (Steps < 1) throw new ArgumentException($"Explain: Steps is {Steps}; expected 1 or more, such as 50.");
        if (!Enum.IsDefined(Baseline)) throw new ArgumentException($"Explain: Baseline is {Baseline}; expected one of {string.Join(", ", Enum.GetNames<AttributionBaseline>())}.");
        if (TokensPerBatch < 1) throw new ArgumentException($"Explain: TokensPerBatch is {TokensPerBatch}; expected 1 or more.");
    }
}
