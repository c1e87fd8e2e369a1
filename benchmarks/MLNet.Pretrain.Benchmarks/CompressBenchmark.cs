using CompareTextClassifiers;
using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What a fine-tuned encoder costs when it gets smaller, on the sample's documentation task: each way by itself, and all together.</summary>
internal static class CompressBenchmark
{
    public static void Run(string encoderDirectory, int budget, long steps, double learningRate, int testRows, int headRows)
    {
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load(SdkDocumentation.FindFiles());
        var ml = new MLContext(1);
        LabelledText[] shuffled = [.. train];
        new Random(1).Shuffle(shuffled);
        LabelledText[] labelled = budget == 0 ? shuffled : [.. shuffled.GroupBy(r => r.Category).SelectMany(g => g.Take(budget))];
        new Random(2).Shuffle(labelled);
        IDataView rows = ml.Data.LoadFromEnumerable(labelled), texts = ml.Data.LoadFromEnumerable(shuffled), asked = ml.Data.LoadFromEnumerable(test.Take(testRows));
        FineTuneTextOptions Training(long most) => new() { LabelColumnName = "Category", MinSteps = most, MaxSteps = most, LearningRate = learningRate, MaxLength = 64, Dropout = 0.1, Precision = TrainingPrecision.Auto, Seed = 1 };
        using TextClassificationTransformer whole = ml.MulticlassClassification.Trainers.FineTuneText(encoderDirectory, Training(steps)).Fit(rows);

        // Those it was trained on: what is asked stays unseen.
        var heads = new CompressionOptions { HeadData = rows, HeadRows = headRows, LabelColumnName = "Category" };
        Console.WriteLine("| model | accuracy | agreement | parameters | vocabulary | heads | saved | rows/s |\n|---|---|---|---|---|---|---|---|");
        Measure("as fine-tuned", new());
        Measure("vocabulary of the training texts", new() { Corpus = texts });
        Measure("bfloat16", new() { StoredWeights = WeightStorage.BFloat16 });
        Measure("8 bits", new() { StoredWeights = WeightStorage.Int8 });
        Measure("a quarter of the heads pruned", heads with { PrunedHeadFraction = 0.25 });
        Measure("half of the heads pruned", heads with { PrunedHeadFraction = 0.5 });
        Measure("half of the layers", new() { LayerCount = 2 });
        Measure("vocabulary, a quarter of the heads, 8 bits", heads with { Corpus = texts, PrunedHeadFraction = 0.25, StoredWeights = WeightStorage.Int8 });
        // The last half of the heads is no small loss: what a little more training gives back.
        using TextClassificationTransformer half = whole.Compress(heads with { Corpus = texts, PrunedHeadFraction = 0.5 });
        using TextClassificationTransformer trained = ml.MulticlassClassification.Trainers.FineTuneText(half, Training(steps / 4)).Fit(rows);
        using TextClassificationTransformer stored = trained.Compress(new() { StoredWeights = WeightStorage.Int8 });
        Print("vocabulary, half of the heads, trained on for a quarter of the steps, 8 bits", stored);

        void Measure(string name, CompressionOptions options)
        {
            using TextClassificationTransformer smaller = whole.Compress(options);
            Print(name, smaller);
        }

        void Print(string name, TextClassificationTransformer smaller)
        {
            CompressionReport report = CompressionReport.Of(whole, smaller, asked, "Category");
            ModelSize size = report.After;
            Console.WriteLine(FormattableString.Invariant($"| {name} | {report.MetricAfter:F4} | {report.Agreement:F4} | {size.Parameters / 1e6:F2} M | {size.Vocabulary} | {size.Heads} | {size.Bytes / 1e6:F2} MB | {report.RowsPerSecondAfter:N0} ({report.RowsPerSecondAfter / report.RowsPerSecondBefore:F2}x) |"));
        }
    }
}
