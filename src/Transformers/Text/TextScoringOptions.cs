using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>What every fitted text network keeps: the columns it reads and how it is run. Saved with it.</summary>
public record TextScoringOptions
{
    /// <summary>Column to read: text.</summary>
    public required string InputColumnName { get; init; }

    /// <summary>Optional column with the second text of a pair: <c>[CLS] a [SEP] b [SEP]</c>.</summary>
    public string? PairColumnName { get; init; }

    /// <summary>The most tokens a row may have, special tokens included; 0 = as many as the encoder takes.</summary>
    public int MaxLength { get; init; }

    /// <summary>What is cut from a text over <see cref="MaxLength"/>.</summary>
    public TruncationStrategy Truncation { get; init; } = TruncationStrategy.LongestFirst;

    /// <summary>Where the network runs: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c> (CUDA where there is one).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Arithmetic of the forward pass.</summary>
    public ScoringPrecision Precision { get; init; } = ScoringPrecision.Float32;

    /// <summary>How a saved model (<c>MLContext.Model.Save</c>) keeps the weights. Default null: as they score, BFloat16 where <see cref="Precision"/> is BFloat16, else Float32.</summary>
    public WeightStorage? StoredWeights { get; init; }

    /// <summary>The most padded tokens in one forward pass: bounds memory, and trades latency of the first row for throughput. On a processor, batches of a window run side by side, a core and at most 512 tokens each.</summary>
    public int TokensPerBatch { get; init; } = 2048;

    /// <summary>The most rows read ahead and sorted by length.</summary>
    public int WindowRows { get; init; } = 2048;

    /// <summary>Windows that may be computed at once, whatever number of cursors ML.NET opens; one uses all cores.</summary>
    public int MaxParallelForwards { get; init; } = 1;

    internal virtual void Validate(string owner)
    {
        if (string.IsNullOrEmpty(InputColumnName)) throw new ArgumentException($"{owner}: InputColumnName is empty; name the text column to read.");
        if (PairColumnName is "") throw new ArgumentException($"{owner}: PairColumnName is empty; name the second text column, or leave it null for single texts.");
        if (MaxLength is not 0 and < 3)
            throw new ArgumentException($"{owner}: MaxLength is {MaxLength}; expected 0 (the encoder's own limit) or at least 3: the special tokens and one of the text.");
        if (!Enum.IsDefined(Truncation)) throw new ArgumentException($"{owner}: Truncation is {Truncation}; expected one of {string.Join(", ", Enum.GetNames<TruncationStrategy>())}.");
        if (!Enum.IsDefined(Precision)) throw new ArgumentException($"{owner}: Precision is {Precision}; expected one of {string.Join(", ", Enum.GetNames<ScoringPrecision>())}.");
        if (StoredWeights is { } stored && !Enum.IsDefined(stored)) throw new ArgumentException($"{owner}: StoredWeights is {stored}; expected one of {string.Join(", ", Enum.GetNames<WeightStorage>())}, or null.");
        if (TokensPerBatch < 1) throw new ArgumentException($"{owner}: TokensPerBatch is {TokensPerBatch}; expected 1 or more.");
        if (WindowRows < 1) throw new ArgumentException($"{owner}: WindowRows is {WindowRows}; expected 1 or more.");
        if (MaxParallelForwards < 1) throw new ArgumentException($"{owner}: MaxParallelForwards is {MaxParallelForwards}; expected 1 or more.");
        TorchDevice.Validate(Device, owner);
    }
}
