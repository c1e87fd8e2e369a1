using Microsoft.ML;

namespace MLNet.Pretrain.Comparison;

/// <summary>Columns of a model's predictions, and what its report shows.</summary>
public sealed record ErrorReportOptions
{
    /// <summary>Title of the report.</summary>
    public string Title { get; init; } = "Errors";

    /// <summary>Column of the true class in the test data: text, key, Boolean or number. Default <c>Label</c>.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Column in which the model gives its class: text, key, Boolean or number. Default <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>Which test rows the report shows with their text: by default the ten most confident mistakes.</summary>
    public ErrorOptions Errors { get; init; } = new();

    /// <summary>Ends the work between two rows that are explained, with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate(string owner, IDataView test)
    {
        if (string.IsNullOrEmpty(LabelColumnName)) throw new ArgumentException($"{owner}: LabelColumnName is empty; name the column of the true class.");
        if (string.IsNullOrEmpty(PredictedLabelColumnName)) throw new ArgumentException($"{owner}: PredictedLabelColumnName is empty; name the column of the predicted class.");
        if (test.Schema.GetColumnOrNull(LabelColumnName) is null)
            throw new ArgumentException($"{owner}: the test data has no column '{LabelColumnName}'. Columns found: {string.Join(", ", test.Schema.Select(c => $"'{c.Name}'"))}. Name the column of the true class in LabelColumnName.");
        Errors.Validate(owner, test);
    }
}
