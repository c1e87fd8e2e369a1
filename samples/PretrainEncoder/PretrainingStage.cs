using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace PretrainEncoder;

/// <summary>One run of pretraining and how it ended.</summary>
public sealed record PretrainingStage(string Name, SequencePacking Packing, double Epochs, double LearningRate, string MetricsFile, TrainingProgress Last);
