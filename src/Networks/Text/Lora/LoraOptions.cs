namespace MLNet.Pretrain.Networks.Text;

/// <summary>How low-rank adapters are made (Hu et al. 2021).</summary>
public sealed record LoraOptions
{
    /// <summary>The rank of each update, 1 or more. Default 8; more where a task is far from what the encoder was pretrained on.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>An update counts Alpha / <see cref="Rank"/> times, above 0. Default 16. It acts like a learning rate: leave it and tune that one.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Dropout on what goes into the adapters, in [0, 1). Default 0; 0.05 to 0.1 for small data.</summary>
    public double Dropout { get; init; }

    /// <summary>The layers that get adapters. Default queries and values, the paper's choice; all of them learn more for more memory.</summary>
    public LoraTargets Targets { get; init; } = LoraTargets.Query | LoraTargets.Value;

    /// <summary>Throws when the values do not make adapters.</summary>
    /// <exception cref="ArgumentException">Names the value found and the range expected.</exception>
    public void Validate()
    {
        if (Rank < 1) throw new ArgumentException($"Rank is {Rank}; expected 1 or more.");
        if (!(Alpha > 0) || double.IsInfinity(Alpha)) throw new ArgumentException(FormattableString.Invariant($"Alpha is {Alpha}; expected a number above 0."));
        if (Dropout is not (>= 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"Dropout is {Dropout}; expected a value in [0, 1)."));
        if (Targets == 0 || (Targets & ~LoraTargets.All) != 0) throw new ArgumentException($"Targets is {Targets}; expected one or more of {string.Join(", ", Enum.GetNames<LoraTargets>())}.");
    }
}
