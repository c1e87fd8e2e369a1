using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Pairs of texts, by a fine-tuned encoder and by what costs nothing: similarity as a number (STS-B) or sameness as a class (MRPC).</summary>
internal static class PairsBenchmark
{
    public static void Run(string trainPath, string testPath, IReadOnlyList<int> columns, bool classes, string encoder, PairsSettings settings)
    {
        var ml = new MLContext(1);
        IReadOnlyList<PairTexts.Row> train = PairTexts.Read(ml, trainPath, columns), test = PairTexts.Read(ml, testPath, columns);
        Console.WriteLine($"{train.Count:N0} training pairs, {test.Count:N0} test pairs");
        double[] truth = [.. test.Select(row => (double)row.Number)], cosines = PairTexts.TfIdfCosines(train, test);
        if (classes) Baseline(PairTexts.TfIdfCosines(train, train), [.. train.Select(row => row.Same)], cosines, [.. test.Select(row => row.Same)]);
        else Console.WriteLine(FormattableString.Invariant($"TF-IDF cosine: Pearson {Correlation.Pearson(cosines, truth):F3}, Spearman {Correlation.Spearman(cosines, truth):F3}"));

        IDataView rows = ml.Data.LoadFromEnumerable(train), asked = ml.Data.LoadFromEnumerable(test);
        for (int seed = 1; seed <= settings.Seeds; seed++)
        {
            if (!classes) BiEncoder(ml, rows, asked, truth, encoder, settings, seed);
            long start = Stopwatch.GetTimestamp();
            if (classes)
            {
                var options = Set(new FineTuneTextOptions { LabelColumnName = "Same", TextColumnName = "First", PairColumnName = "Second", Lora = settings.Lora }, settings, seed);
                using TextClassificationTransformer model = ml.BinaryClassification.Trainers.FineTuneText(encoder, options).Fit(rows);
                CalibratedBinaryClassificationMetrics metrics = ml.BinaryClassification.Evaluate(model.Transform(asked), "Same");
                Console.WriteLine(FormattableString.Invariant($"fine-tuned, seed {seed}: accuracy {metrics.Accuracy:F3}, F1 {metrics.F1Score:F3}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
            }
            else
            {
                var options = Set(new FineTuneTextRegressionOptions { LabelColumnName = "Number", TextColumnName = "First", PairColumnName = "Second", Lora = settings.Lora }, settings, seed);
                using TextRegressionTransformer model = ml.Regression.Trainers.FineTuneText(encoder, options).Fit(rows);
                double[] scores = [.. model.Transform(asked).GetColumn<float>("Score").Select(s => (double)s)];
                Console.WriteLine(FormattableString.Invariant($"fine-tuned, seed {seed}: Pearson {Correlation.Pearson(scores, truth):F3}, Spearman {Correlation.Spearman(scores, truth):F3}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
            }
        }
    }

    // Each text by itself, so that it can be searched: the cosine is the score.
    private static void BiEncoder(MLContext ml, IDataView rows, IDataView asked, double[] truth, string encoder, PairsSettings settings, int seed)
    {
        long start = Stopwatch.GetTimestamp();
        using TextEncoderTransformer model = ml.Transforms.Text.FineTuneEmbeddings("Vector", "First", "Second", encoder, new FineTuneEmbeddingsOptions
        {
            Loss = EmbeddingLoss.CosineRegression,
            LabelColumnName = "Number",
            LabelMaximum = 5,
            Epochs = settings.Epochs,
            LearningRate = settings.LearningRate,
            Precision = TrainingPrecision.Auto,
            Lora = settings.Lora,
            Seed = seed,
        }).Fit(rows);
        float[][] first = Vectors("First"), second = Vectors("Second");
        double[] cosines = [.. first.Zip(second, (a, b) => (double)System.Numerics.Tensors.TensorPrimitives.CosineSimilarity<float>(a, b))];
        Console.WriteLine(FormattableString.Invariant($"bi-encoder, seed {seed}: Pearson {Correlation.Pearson(cosines, truth):F3}, Spearman {Correlation.Spearman(cosines, truth):F3}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));

        float[][] Vectors(string column) => [.. model.Transform(ml.Transforms.CopyColumns("First", column).Fit(asked).Transform(asked)).GetColumn<float[]>("Vector")];
    }

    // All of one class, and the threshold of the cosine that is best on the training pairs.
    private static void Baseline(double[] trainCosines, bool[] trainTruth, double[] cosines, bool[] truth)
    {
        double threshold = trainCosines.Distinct().MaxBy(t => trainCosines.Zip(trainTruth).Count(p => p.First >= t == p.Second));
        foreach ((string name, bool[] predicted) in new[] { ("all positive", [.. truth.Select(_ => true)]), ("TF-IDF cosine", cosines.Select(c => c >= threshold).ToArray()) })
        {
            double right = predicted.Zip(truth).Count(p => p.First == p.Second), hits = predicted.Zip(truth).Count(p => p.First && p.Second);
            Console.WriteLine(FormattableString.Invariant($"{name}: accuracy {right / truth.Length:F3}, F1 {2 * hits / (predicted.Count(p => p) + truth.Count(t => t)):F3}"));
        }
    }

    private static T Set<T>(T options, PairsSettings settings, int seed) where T : TextTrainingOptions
    {
        (options.Epochs, options.LearningRate, options.MaxLength, options.Seed, options.Precision) = (settings.Epochs, settings.LearningRate, 128, seed, TrainingPrecision.Auto);
        return options;
    }
}

/// <summary>How the encoder of <see cref="PairsBenchmark"/> is fine-tuned.</summary>
internal sealed record PairsSettings(double Epochs, double LearningRate, int Seeds, LoraOptions? Lora);
