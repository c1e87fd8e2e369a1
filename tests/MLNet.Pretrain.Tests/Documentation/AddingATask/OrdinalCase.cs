using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Conformance;

internal static partial class ConformanceCases
{
    public static ConformanceCase Ordinal { get; } = new()
    {
        Name = "FineTuneOrdinal",
        Create = ml => ml.MulticlassClassification.Trainers.FineTuneOrdinal(TinyTexts.Encoder, new() { Epochs = 2, BatchSize = 16, LearningRate = 1e-3, MaxLength = 16, Seed = 5 }),
        Outputs = ["PredictedLabel", "Score"],
        Inputs = ["Text"],
        FitInputs = ["Label"],
        NeedsRows = true,
        Windows = t => ((TextClassificationTransformer)t).Runner.Runs,
    };
}
