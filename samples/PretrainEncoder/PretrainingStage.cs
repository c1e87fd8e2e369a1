using MLNet.Pretrain.Text;

namespace PretrainEncoder;

/// <summary>One run of pretraining.</summary>
/// <param name="Name">In the card and over its curve.</param>
/// <param name="Packing">What its rows held.</param>
/// <param name="Epochs">Passes over the rows.</param>
/// <param name="LearningRate">Peak.</param>
/// <param name="MetricsFile">How it went.</param>
public sealed record PretrainingStage(string Name, SequencePacking Packing, double Epochs, double LearningRate, string MetricsFile);
