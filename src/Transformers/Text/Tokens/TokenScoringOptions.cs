using System.Globalization;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Text;

/// <summary>What a fitted sequence labeller keeps: the column it reads, what its tags mean and how it is run. Saved with it.</summary>
public sealed record TokenScoringOptions
{
    /// <summary>Column to read: text, or a vector of text with ready-made words.</summary>
    public required string InputColumnName { get; init; }

    /// <summary>The scheme that tags are given in; null: plain tags, of which no entities are made.</summary>
    public TagScheme? Scheme { get; init; }

    /// <summary>The scheme of the network's own tags; null exactly where <see cref="Scheme"/> is.</summary>
    public TagScheme? TrainedAs { get; init; }

    /// <summary>Whether only sequences of tags that the scheme allows are found; without effect where there is none.</summary>
    public bool ConstrainTransitions { get; init; } = true;

    /// <summary>The most tokens that go through the network together, special tokens included; longer rows are divided between words. 0 = as many as the encoder takes.</summary>
    public int MaxLength { get; init; }

    /// <summary>Where the network runs: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c> (CUDA where there is one).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Arithmetic of the forward pass; a conditional random field is always computed in 32 bits or more.</summary>
    public ScoringPrecision Precision { get; init; } = ScoringPrecision.Float32;

    /// <summary>The most padded tokens in one forward pass: bounds memory, and trades latency of the first row for throughput.</summary>
    public int TokensPerBatch { get; init; } = 2048;

    /// <summary>The most rows read ahead and sorted by length.</summary>
    public int WindowRows { get; init; } = 2048;

    /// <summary>Forward passes that may run at once, whatever number of cursors ML.NET opens.</summary>
    public int MaxParallelForwards { get; init; } = 1;

    internal void Validate(string owner) => Scoring().Validate(owner);

    internal void Write(IDictionary<string, string> settings)
    {
        settings["inputColumnName"] = InputColumnName;
        if (Scheme is { } scheme) (settings["scheme"], settings["trainedAs"]) = (scheme.ToString(), TrainedAs.ToString()!);
        settings["constrainTransitions"] = ConstrainTransitions ? "true" : "false";
        settings["maxLength"] = MaxLength.ToString(CultureInfo.InvariantCulture);
        settings["device"] = Device;
        settings["precision"] = Precision.ToString();
        settings["tokensPerBatch"] = TokensPerBatch.ToString(CultureInfo.InvariantCulture);
        settings["windowRows"] = WindowRows.ToString(CultureInfo.InvariantCulture);
        settings["maxParallelForwards"] = MaxParallelForwards.ToString(CultureInfo.InvariantCulture);
    }

    internal static TokenScoringOptions Read(IReadOnlyDictionary<string, string> settings)
    {
        bool hasScheme = settings.ContainsKey("scheme");
        return new()
        {
            InputColumnName = TextSettings.Required(settings, "inputColumnName"),
            Scheme = hasScheme ? TextSettings.Enumerated<TagScheme>(settings, "scheme") : null,
            TrainedAs = hasScheme ? TextSettings.Enumerated<TagScheme>(settings, "trainedAs") : null,
            ConstrainTransitions = TextSettings.Required(settings, "constrainTransitions") == "true",
            MaxLength = TextSettings.Integer(settings, "maxLength"),
            Device = TextSettings.Required(settings, "device"),
            Precision = TextSettings.Enumerated<ScoringPrecision>(settings, "precision"),
            TokensPerBatch = TextSettings.Integer(settings, "tokensPerBatch"),
            WindowRows = TextSettings.Integer(settings, "windowRows"),
            MaxParallelForwards = TextSettings.Integer(settings, "maxParallelForwards"),
        };
    }

    // What is checked alike for every text network.
    private TextScoringOptions Scoring() => new()
    {
        InputColumnName = InputColumnName,
        MaxLength = MaxLength,
        Device = Device,
        Precision = Precision,
        TokensPerBatch = TokensPerBatch,
        WindowRows = WindowRows,
        MaxParallelForwards = MaxParallelForwards,
    };
}
