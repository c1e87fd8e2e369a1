namespace MLNet.Pretrain.Metrics;

/// <summary>Rows whose confidence lies in one interval: a bar of a reliability diagram.</summary>
/// <param name="Low">Lower end of the interval, outside of it but for 0.</param>
/// <param name="High">Upper end, inside.</param>
/// <param name="RowCount">Number of rows.</param>
/// <param name="MeanConfidence">Mean probability of the predicted class, in [0, 1]; 0 without rows.</param>
/// <param name="Accuracy">Part of the rows that were predicted right, in [0, 1]; 0 without rows.</param>
public readonly record struct CalibrationBin(double Low, double High, long RowCount, double MeanConfidence, double Accuracy);
