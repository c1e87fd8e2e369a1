namespace MLNet.Pretrain.Training;

/// <summary>The rows of one forward pass and its place in training.</summary>
/// <param name="Rows">The store's row numbers.</param>
/// <param name="StepRows">Rows of all forward passes of its optimizer step.</param>
/// <param name="EndsStep">Whether it is the last of its optimizer step.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="StepInEpoch">From 0.</param>
internal sealed record PlannedBatch(long[] Rows, int StepRows, bool EndsStep, int Epoch, long StepInEpoch);
