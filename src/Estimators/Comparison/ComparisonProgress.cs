namespace MLNet.Pretrain.Comparison;

/// <summary>Where a comparison stands.</summary>
/// <param name="Candidate">The candidate at work.</param>
/// <param name="LabelsPerClass">Its rows a class; null for all rows.</param>
/// <param name="FitsDone">Fits measured so far.</param>
/// <param name="FitsTotal">Fits in all.</param>
/// <param name="Result">What was measured, where this fit is done; null where it begins.</param>
public sealed record ComparisonProgress(string Candidate, int? LabelsPerClass, int FitsDone, int FitsTotal, CandidateMeasurement? Result);
