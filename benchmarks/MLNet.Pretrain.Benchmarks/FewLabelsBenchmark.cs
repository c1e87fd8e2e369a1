using System.Diagnostics;
using CompareTextClassifiers;
using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What steadies fine-tuning on few labelled rows: each option by itself, on the sample's documentation task, over the same draws of rows.</summary>
internal static class FewLabelsBenchmark
{
    private static readonly (string Name, Action<FineTuneTextOptions> Change)[] s_variants =
    [
        ("plain", _ => { }),
        ("AveragedFraction 0.3", o => o.AveragedFraction = 0.3),
        ("UnfreezeEveryEpochs 2", o => o.UnfreezeEveryEpochs = 2),
        ("LayerLearningRateDecay 0.8", o => o.LayerLearningRateDecay = 0.8),
        ("ReinitializedLayers 1", o => o.ReinitializedLayers = 1),
        ("FrozenLayers 2", o => o.FrozenLayers = 2),
        ("FindLearningRate", o => o.FindLearningRate = true),
        ("Lora 8", o => (o.Lora, o.LearningRate) = (new() { Rank = 8, Alpha = 16, Targets = LoraTargets.All }, 10 * o.LearningRate)),
        ("ValidationFraction 0.2", o => o.ValidationFraction = 0.2),
        ("ValidationFraction 0.2, Seeds 3", o => (o.ValidationFraction, o.Seeds) = (0.2, 3)),
    ];

    public static void Run(string encoderDirectory, int budget, int seeds, long steps, double learningRate, int testRows)
    {
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load(SdkDocumentation.FindFiles());
        var ml = new MLContext(1);
        IDataView asked = ml.Data.LoadFromEnumerable(test.Take(testRows));
        foreach ((string name, Action<FineTuneTextOptions> change) in s_variants)
        {
            long start = Stopwatch.GetTimestamp();
            double[] accuracies = [.. Enumerable.Range(1, seeds).Select(seed => Accuracy(seed, change))];
            double mean = accuracies.Average(), deviation = Math.Sqrt(accuracies.Sum(a => (a - mean) * (a - mean)) / Math.Max(1, accuracies.Length - 1));
            Console.WriteLine(FormattableString.Invariant($"{name,-32} {mean:F3} ±{deviation:F3} over {seeds} draws, {Stopwatch.GetElapsedTime(start).TotalSeconds / seeds:F0} s each"));
        }

        double Accuracy(int seed, Action<FineTuneTextOptions> change)
        {
            LabelledText[] shuffled = [.. train];
            new Random(seed).Shuffle(shuffled);
            IDataView rows = ml.Data.LoadFromEnumerable(shuffled.GroupBy(r => r.Category).SelectMany(g => g.Take(budget)));
            var options = new FineTuneTextOptions { MinSteps = steps, LearningRate = learningRate, MaxLength = 64, Dropout = 0.1, Precision = TrainingPrecision.Auto, Seed = seed };
            change(options);
            var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Category").Append(ml.MulticlassClassification.Trainers.FineTuneText(encoderDirectory, options));
            using var model = pipeline.Fit(rows);
            return ml.MulticlassClassification.Evaluate(model.Transform(asked)).MicroAccuracy;
        }
    }
}
