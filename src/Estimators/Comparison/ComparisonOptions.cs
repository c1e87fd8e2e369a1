using Microsoft.ML;

namespace MLNet.Pretrain.Comparison;

/// <summary>What a comparison measures, and on how much data.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Title of the report.</summary>
    public string Title { get; init; } = "Comparison";

    /// <summary>Column of the true class in training and test data: text, key, Boolean or number. Default <c>Label</c>.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Column in which each candidate gives its class: text, key, Boolean or number. Default <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>Name of the candidate the others are held against. Default null: the first.</summary>
    public string? Baseline { get; init; }

    /// <summary>Name of the candidate that taught the others: the report says what each keeps of its accuracy, what it costs beside it, and where they differ. Default null: none.</summary>
    public string? Teacher { get; init; }

    /// <summary>Labelled rows a class for the learning curve, each 1 or more; all rows are always measured as well. Default: none, so no curve.</summary>
    public IReadOnlyList<int> LabelBudgets { get; init; } = [];

    /// <summary>Bootstrap resamples behind the intervals; default 1,000, at least 100.</summary>
    public int BootstrapResamples { get; init; } = 1000;

    /// <summary>Confidence of the intervals, in (0, 1); default 0.95. A difference counts as real where McNemar's p, corrected for the number of candidates, is below one minus this.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Test rows scored one at a time for latency; default 200, 0 = latency is not measured.</summary>
    public int LatencyRows { get; init; } = 200;

    /// <summary>Seed of the choice of rows for budgets and of the bootstrap; default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Which test rows the report shows with their text: by default the ten most confident mistakes of each candidate.</summary>
    public ErrorOptions Errors { get; init; } = new();

    /// <summary>Lines for the report's notes, such as where the data came from or that an encoder starts from scratch.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Told when a fit begins and when one has been measured. Default null.</summary>
    public IProgress<ComparisonProgress>? Progress { get; init; }

    /// <summary>Ends the comparison before the next fit, with an <see cref="OperationCanceledException"/>. A fit that runs stops with the token in its own options.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate(IDataView test)
    {
        Errors.Validate("Compare", test);
        if (string.IsNullOrEmpty(LabelColumnName)) throw new ArgumentException("Compare: LabelColumnName is empty; name the column of the true class.");
        if (string.IsNullOrEmpty(PredictedLabelColumnName)) throw new ArgumentException("Compare: PredictedLabelColumnName is empty; name the column of the predicted class.");
        if (LabelBudgets.FirstOrDefault(b => b < 1, 1) is var budget and < 1) throw new ArgumentException($"Compare: LabelBudgets has {budget}; expected 1 row a class or more.");
        if (BootstrapResamples < 100) throw new ArgumentException($"Compare: BootstrapResamples is {BootstrapResamples}; expected 100 or more.");
        if (Confidence is not (> 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"Compare: Confidence is {Confidence}; expected a number in (0, 1), such as 0.95."));
        if (LatencyRows < 0) throw new ArgumentException($"Compare: LatencyRows is {LatencyRows}; expected 0 (not measured) or more.");
    }
}
