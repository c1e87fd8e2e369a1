using System.Diagnostics;
using CompareTextClassifiers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What students keep of their teacher on the sample's documentation task, where labels are few and texts are plenty; and the same students on the labels alone.</summary>
internal static class DistillBenchmark
{
    private const int MaxLength = 64;

    public static void Run(string encoderDirectory, int budget, int seeds, int transferRows, double temperature, double hardLabelWeight)
    {
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load(SdkDocumentation.FindFiles());
        var figures = new Dictionary<string, List<(double Accuracy, double Agreement, double RowsPerSecond)>>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            var ml = new MLContext(seed);
            LabelledText[] shuffled = [.. train];
            new Random(seed).Shuffle(shuffled);
            HashSet<LabelledText> labelled = budget == 0 ? [.. shuffled] : [.. shuffled.GroupBy(r => r.Category).SelectMany(g => g.Take(budget))];
            IDataView rows = ml.Data.LoadFromEnumerable(labelled), asked = ml.Data.LoadFromEnumerable(test);
            // Without their labels.
            IDataView texts = ml.Data.LoadFromEnumerable((budget == 0 ? shuffled : shuffled.Where(r => !labelled.Contains(r))).Take(transferRows).Select(r => new LabelledText { Text = r.Text, Category = "" }));
            using TextClassificationTransformer teacher = ml.MulticlassClassification.Trainers.FineTuneText(encoderDirectory, Training(seed, 400)).Fit(rows);
            string[] said = Measure("teacher", teacher, null);

            var distillation = new DistillationOptions { Temperature = temperature, HardLabelWeight = hardLabelWeight, TransferData = texts };
            DistillationTeacher by = teacher;
            TextEncoderSource half = ((TextEncoderSource)teacher).WithLayers(2);
            Fit("half the layers, labels alone", ml.MulticlassClassification.Trainers.FineTuneText(half, Training(seed, 400)));
            Fit("half the layers, distilled", ml.MulticlassClassification.Trainers.DistillText(by, half, Training(seed, 400), distillation));
            foreach ((string name, EncoderImitation imitation) in ((string, EncoderImitation)[])[("TinyBERT", EncoderImitation.TinyBert(teacher)), ("MiniLM", EncoderImitation.MiniLm(teacher))])
                Fit($"half the layers, distilled, {name}", ml.MulticlassClassification.Trainers.DistillText(by, half, Training(seed, 400), distillation with { Imitation = imitation }));
            Fit("TextCnn, labels alone", ml.MulticlassClassification.Trainers.TextCnn(Words(seed)));
            Fit("TextCnn, distilled", ml.MulticlassClassification.Trainers.DistillText(by, Words(seed), distillation));
            var bag = ml.Transforms.Text.BagOfWords("Features", "Text").AppendCacheCheckpoint(ml);
            Fit("BoW + LR, labels alone", ml.Transforms.Conversion.MapValueToKey("Category").Append(bag).Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Category", l1Regularization: 0, l2Regularization: 1e-3f)));
            Fit("BoW + LR, distilled", ml.MulticlassClassification.Distill(by, bag.Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Category", exampleWeightColumnName: "Weight", l1Regularization: 0, l2Regularization: 1e-3f)), "Category", distillation: distillation));

            void Fit(string name, IEstimator<ITransformer> student)
            {
                ITransformer model = student.Fit(rows);
                using var owned = model as IDisposable;
                Measure(name, model, said);
            }

            string[] Measure(string name, ITransformer model, string[]? of)
            {
                long start = Stopwatch.GetTimestamp();
                IDataView scored = model.Transform(asked);
                string[] answers = [.. ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Said")];
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                double accuracy = answers.Zip(test).Average(p => p.First == p.Second.Category ? 1.0 : 0), agreement = answers.Zip(of ?? answers).Average(p => p.First == p.Second ? 1.0 : 0);
                if (!figures.TryGetValue(name, out List<(double, double, double)>? list)) figures[name] = list = [];
                list.Add((accuracy, agreement, test.Count / seconds));
                Console.WriteLine(FormattableString.Invariant($"seed {seed} {name}: {accuracy:F4}"));
                return answers;
            }
        }
        double teachers = figures["teacher"].Average(f => f.Accuracy);
        Console.WriteLine($"{budget} labelled rows a class (0 = all), {transferRows} texts without, {seeds} draws");
        foreach ((string name, List<(double Accuracy, double Agreement, double RowsPerSecond)> list) in figures)
        {
            double mean = list.Average(f => f.Accuracy), deviation = Math.Sqrt(list.Sum(f => (f.Accuracy - mean) * (f.Accuracy - mean)) / Math.Max(1, list.Count - 1));
            Console.WriteLine(FormattableString.Invariant($"| {name} | {mean:F3} ±{deviation:F3} | {mean / teachers:P1} | {list.Average(f => f.Agreement):F3} | {list.Average(f => f.RowsPerSecond):N0} |"));
        }
    }

    private static FineTuneTextOptions Training(int seed, long steps) => new()
    {
        LabelColumnName = "Category",
        Epochs = 2,
        MinSteps = steps,
        LearningRate = 3e-4,
        MaxLength = MaxLength,
        Dropout = 0.1,
        Precision = TrainingPrecision.Auto,
        ScoringPrecision = ScoringPrecision.Auto,
        Seed = seed,
    };

    private static TextCnnOptions Words(int seed) => new() { LabelColumnName = "Category", MinSteps = 400, Epochs = 3, MaxLength = MaxLength, Seed = seed };
}
