namespace MLNet.Pretrain.Comparison;

/// <summary>A row that will be shown, before its texts are read.</summary>
/// <param name="Row">Position in the test data.</param>
/// <param name="Truth">Index of its class; -1 where it has none.</param>
/// <param name="Predicted">The predicted class.</param>
/// <param name="Probability">Of that; null where there is none.</param>
/// <param name="Teacher">What the teacher predicted, where the row is shown for that.</param>
internal readonly record struct PredictedRow(long Row, int Truth, string? Predicted, double? Probability, string? Teacher = null);
