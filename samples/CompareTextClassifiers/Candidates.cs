using Microsoft.ML;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace CompareTextClassifiers;

/// <summary>The ways to classify text that the sample compares. Each reads <c>Text</c> and <c>Category</c> and predicts a category.</summary>
public static class Candidates
{
    public const string BagOfWords = "BoW + LR";
    public const string WordVectorsAndRegression = "word2vec + LR";
    public const string ConvolutionalNetwork = "TextCNN";
    public const string FrozenEncoder = "Frozen encoder + LR";
    public const string FineTuned = "Fine-tuned BERT";

    /// <summary>Our own encoder, pretrained by samples/PretrainEncoder on the documentation of the SDK but for the types that the test rows are of.</summary>
    public static string DocumentationEncoder => Path.Combine(AppContext.BaseDirectory, "models", "sdk-documentation");

    /// <summary>A small encoder that learns from nothing but the training rows.</summary>
    public static ScratchEncoder Scratch { get; } = new() { LayerCount = 2, HiddenSize = 128, HeadCount = 2, MaxPositions = 512, VocabularySize = 4096, Dropout = 0.2 };

    /// <summary>Makes the pipelines.</summary>
    /// <param name="ml">ML.NET.</param>
    /// <param name="encoder">The encoder, pretrained or not.</param>
    /// <param name="training">How it is fine-tuned.</param>
    /// <param name="vectors">Word vectors, trained on text without labels.</param>
    /// <param name="bagOfWords">The baseline.</param>
    public static ComparisonCandidates Make(MLContext ml, TextEncoderSource encoder, FineTuneTextOptions training, WordVectors vectors, TunedBagOfWords bagOfWords)
    {
        var key = ml.Transforms.Conversion.MapValueToKey("Label", "Category");
        var value = ml.Transforms.Conversion.MapKeyToValue("PredictedLabel");
        return new()
        {
            [BagOfWords] = bagOfWords,
            [WordVectorsAndRegression] = key
                .Append(ml.Transforms.Text.ApplyWordVectors("Features", "Text", vectors, WordVectorPooling.MinMeanMax))
                .Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
                .AppendCacheCheckpoint(ml)
                .Append(Regression(ml))
                .Append(value),
            [ConvolutionalNetwork] = key
                .Append(ml.MulticlassClassification.Trainers.TextCnn(new TextCnnOptions
                {
                    Vectors = vectors,
                    Epochs = 2,
                    MinSteps = 250,
                    MaxLength = 2 * training.MaxLength,
                    Progress = training.Progress,
                    CancellationToken = training.CancellationToken,
                }))
                .Append(value),
            [FrozenEncoder] = key
                .Append(ml.Transforms.Text.EncodeText(encoder, new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Features", MaxLength = training.MaxLength, Precision = ScoringPrecision.Auto }))
                .AppendCacheCheckpoint(ml)   // each text is encoded once, however often what follows reads it
                .Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
                .Append(Regression(ml))
                .Append(value),
            [FineTuned] = key
                .Append(ml.MulticlassClassification.Trainers.FineTuneText(encoder, training))
                .Append(value),
        };
    }

    private static IEstimator<ITransformer> Regression(MLContext ml) =>
        ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new() { L2Regularization = 1e-4f, L1Regularization = 0, MaximumNumberOfIterations = 30, NumberOfThreads = 1 });

    /// <summary>Settings that suit an encoder: pretrained ones want small, careful steps; those from scratch larger ones.</summary>
    /// <param name="pretrained">Whether the encoder was pretrained.</param>
    /// <param name="small">Whether it is one of ours, of a few million weights, which want larger steps than BERT's hundred.</param>
    /// <param name="maxLength">The most tokens of a text.</param>
    /// <param name="progress">Told of every step.</param>
    public static FineTuneTextOptions Training(bool pretrained, bool small, int maxLength, IProgress<TrainingProgress> progress) => new()
    {
        Epochs = !pretrained ? 2 : small ? 1 : 3,
        LearningRate = !pretrained ? 1e-3 : small ? 5e-4 : 3e-5,
        MinSteps = pretrained && small ? 250 : 400,
        MaxLength = maxLength,
        Precision = TrainingPrecision.Auto,
        ScoringPrecision = ScoringPrecision.Auto,
        Progress = progress,
    };
}
