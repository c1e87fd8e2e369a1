using MLNet.Pretrain.Training;

namespace PretrainEncoder;

/// <summary>What the command line asked for.</summary>
/// <param name="Texts">Files with a text a line and an empty line between documents, gzipped or not; none for the documentation of the .NET SDK.</param>
/// <param name="Output">Folder of the checkpoint.</param>
/// <param name="Work">Folder of training's own checkpoints; null for none.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Hidden">Width.</param>
/// <param name="Vocabulary">Entries.</param>
/// <param name="MaxLength">Tokens of a row.</param>
/// <param name="Epochs">Passes that predict hidden words, a text a row.</param>
/// <param name="PairEpochs">Passes that also tell apart passages of different documents.</param>
/// <param name="BatchSize">Rows of a step.</param>
/// <param name="LearningRate">Peak rate of the first passes.</param>
/// <param name="PairLearningRate">Peak rate of the later ones.</param>
/// <param name="Precision">Arithmetic.</param>
/// <param name="Dropout">In pretraining.</param>
/// <param name="Seed">Of everything random.</param>
public sealed record PretrainArguments(
    IReadOnlyList<string> Texts, string Output, string? Work, int Layers, int Hidden, int Vocabulary, int MaxLength, double Epochs, double PairEpochs, int BatchSize,
    double LearningRate, double PairLearningRate, TrainingPrecision Precision, double Dropout, int Seed);
