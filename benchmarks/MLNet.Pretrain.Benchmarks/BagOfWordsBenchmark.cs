using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Bag of words and logistic regression as a whole process, as benchmarks/bag-of-words/sklearn_bow.py is one. Lines: label 0 or 1, tab, text.</summary>
internal static class BagOfWordsBenchmark
{
    public static void Run(string train, string test, int ngramLength, bool stock, float l2)
    {
        long start = Stopwatch.GetTimestamp();
        var ml = new MLContext(1);
        IDataView trainRows = Load(train), testRows = Load(test);
        IEstimator<ITransformer> features = stock
            ? ml.Transforms.Text.FeaturizeText("Features", new Microsoft.ML.Transforms.Text.TextFeaturizingEstimator.Options
            {
                WordFeatureExtractor = new() { NgramLength = ngramLength, UseAllLengths = true, Weighting = Microsoft.ML.Transforms.Text.NgramExtractingEstimator.WeightingCriteria.TfIdf, MaximumNgramsCount = [10_000_000] },
                CharFeatureExtractor = null,
            }, "Text")
            : ml.Transforms.Text.BagOfWords("Features", "Text", new() { NgramLength = ngramLength });
        var trainer = ml.BinaryClassification.Trainers.SdcaLogisticRegression(new() { L2Regularization = l2, L1Regularization = 0, MaximumNumberOfIterations = 20 });
        ITransformer model = features.AppendCacheCheckpoint(ml).Append(trainer).Fit(trainRows);
        double accuracy = ml.BinaryClassification.Evaluate(model.Transform(testRows)).Accuracy;
        Console.WriteLine(FormattableString.Invariant($"accuracy {accuracy:F4} after {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s"));

        IDataView Load(string path) => ml.Data.LoadFromTextFile(path, [new TextLoader.Column("Label", DataKind.Boolean, 0), new TextLoader.Column("Text", DataKind.String, 1)], separatorChar: '\t');
    }
}
