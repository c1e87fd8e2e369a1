using System.IO.Compression;
using CompareTextClassifiers;
using Microsoft.ML;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What students keep of their teacher, where labels are few and texts are plenty or where all have labels; and the same students on the labels alone.</summary>
internal static class DistillBenchmark
{
    private const string Teacher = "teacher";

    public static void Run(DistillSettings settings)
    {
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = settings.Train is { } file
            ? (Read(file), Read(settings.Test ?? throw new ArgumentException("--train-file needs --test-file.")))
            : SdkDocumentation.Load(SdkDocumentation.FindFiles());
        var figures = new Dictionary<string, List<CandidateResult>>();
        for (int seed = 1; seed <= settings.Seeds; seed++)
        {
            using ComparisonReport report = Compare(train, test, settings, seed, out IDisposable teacher);
            using IDisposable owned = teacher;
            foreach (CandidateResult candidate in report.Candidates)
            {
                if (!figures.TryGetValue(candidate.Name, out List<CandidateResult>? list)) figures[candidate.Name] = list = [];
                list.Add(candidate);
            }
        }
        Console.WriteLine(settings);
        Console.WriteLine("| | accuracy | kept | agreement | rows/s | one row, ms | MB |");
        double teacherAccuracy = figures[Teacher].Average(c => c.Full.Accuracy);
        foreach ((string name, List<CandidateResult> runs) in figures)
        {
            double mean = runs.Average(c => c.Full.Accuracy), deviation = Math.Sqrt(runs.Sum(c => Math.Pow(c.Full.Accuracy - mean, 2)) / Math.Max(1, runs.Count - 1));
            Console.WriteLine(FormattableString.Invariant(
                $"| {name} | {mean:F3} ±{deviation:F3} | {mean / teacherAccuracy:P1} | {runs.Average(c => c.AgainstTeacher?.Agreement ?? 1):F3} | {runs.Average(c => c.Full.RowsPerSecond):N0} | {runs.Average(c => c.Latency!.Median.TotalMilliseconds):F2} | {runs[0].ModelBytes / 1e6:F1} |"));
        }
    }

    private static ComparisonReport Compare(IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test, DistillSettings settings, int seed, out IDisposable owned)
    {
        var ml = new MLContext(seed);
        LabelledText[] shuffled = [.. train], asked = [.. test];
        new Random(seed).Shuffle(shuffled);
        new Random(0).Shuffle(asked);
        HashSet<LabelledText> labelled = settings.LabelBudget == 0 ? [.. shuffled] : [.. shuffled.GroupBy(r => r.Category).SelectMany(g => g.Take(settings.LabelBudget))];
        IDataView rows = ml.Data.LoadFromEnumerable(labelled);
        // Without their labels, even where the training data has them.
        IDataView texts = ml.Data.LoadFromEnumerable((settings.LabelBudget == 0 ? shuffled : shuffled.Where(r => !labelled.Contains(r))).Take(settings.TransferRows).Select(r => new LabelledText { Text = r.Text, Category = "" }));
        FineTuneTextOptions training = Training(settings, seed);
        TextClassificationTransformer teacher = ml.MulticlassClassification.Trainers.FineTuneText(settings.Encoder, training).Fit(rows);
        owned = teacher;

        var distillation = new DistillationOptions { Temperature = settings.Temperature, HardLabelWeight = settings.HardLabelWeight, TransferData = Transfer(ml, settings, rows, texts, seed) };
        TextEncoderSource half = ((TextEncoderSource)teacher).WithLayers(settings.Layers);
        TextCnnOptions words = new() { LabelColumnName = "Category", MinSteps = settings.MinSteps, Epochs = settings.WordEpochs, MaxLength = settings.MaxLength, Seed = seed };
        TextLstmOptions sequence = new() { LabelColumnName = "Category", MinSteps = settings.MinSteps, Epochs = settings.WordEpochs, MaxLength = settings.MaxLength, Seed = seed };
        var bag = ml.Transforms.Text.BagOfWords("Features", "Text").AppendCacheCheckpoint(ml);
        Dictionary<string, IEstimator<ITransformer>> students = new()
        {
            [$"{settings.Layers} layers, labels alone"] = ml.MulticlassClassification.Trainers.FineTuneText(((TextEncoderSource)settings.Encoder).WithLayers(settings.Layers), training),
            [$"{settings.Layers} layers, distilled"] = ml.MulticlassClassification.Trainers.DistillText(teacher, half, training, distillation),
            [$"{settings.Layers} layers, distilled, TinyBERT"] = Imitating(EncoderImitation.TinyBert(teacher)),
            [$"{settings.Layers} layers, distilled, MiniLM"] = Imitating(EncoderImitation.MiniLm(teacher)),
            ["TextCnn, labels alone"] = ml.MulticlassClassification.Trainers.TextCnn(words),
            ["TextCnn, distilled"] = ml.MulticlassClassification.Trainers.DistillText(teacher, words, distillation),
            ["TextLstm, labels alone"] = ml.MulticlassClassification.Trainers.TextLstm(sequence),
            ["TextLstm, distilled"] = ml.MulticlassClassification.Trainers.DistillText(teacher, sequence, distillation),
            ["BoW + LR, labels alone"] = ml.Transforms.Conversion.MapValueToKey("Category").Append(bag).Append(Linear(ml, null)),
            ["BoW + LR, distilled"] = ml.MulticlassClassification.Distill(teacher, bag.Append(Linear(ml, "Weight")), "Category", distillation: distillation),
        };
        IEstimator<ITransformer> Imitating(EncoderImitation imitation) => ml.MulticlassClassification.Trainers.DistillText(teacher, half, training, distillation with { Imitation = imitation });

        var candidates = new ComparisonCandidates { [Teacher] = ComparisonCandidates.Fitted(teacher) };
        foreach ((string name, IEstimator<ITransformer> student) in students)
            if (settings.Only.Count == 0 || settings.Only.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase))) candidates[name] = student;
        return ml.MulticlassClassification.Compare(rows, ml.Data.LoadFromEnumerable(asked.Take(settings.TestRows)), candidates, new()
        {
            LabelColumnName = "Category",
            Teacher = Teacher,
            Errors = new() { Mistakes = 0 },
            Progress = new Display(seed),
        });
    }

    private static IDataView? Transfer(MLContext ml, DistillSettings settings, IDataView rows, IDataView texts, int seed)
    {
        bool any = settings.TransferRows > 0;
        if (settings.Augment == 0) return any ? texts : null;
        IDataView source = any ? texts : rows;
        using TextEncoderTransformer model = ml.Transforms.Text.EncodeText("Vector", "Text", settings.Encoder).Fit(source);
        WordVectorTransformer vectors = ml.Transforms.Text.Word2Vec("Vector", "Text").Fit(source);
        return ml.Data.AugmentText(source, "Text", new() { LanguageModel = model, Vectors = vectors, Copies = settings.Augment, KeepOriginals = any, Seed = seed });
    }

    private static IEstimator<ITransformer> Linear(MLContext ml, string? weight) =>
        ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Category", exampleWeightColumnName: weight, l1Regularization: 0, l2Regularization: 1e-3f);

    private static FineTuneTextOptions Training(DistillSettings settings, int seed) => new()
    {
        LabelColumnName = "Category",
        Epochs = settings.Epochs,
        MinSteps = settings.MinSteps,
        LearningRate = settings.LearningRate,
        MaxLength = settings.MaxLength,
        Dropout = 0.1,
        Precision = TrainingPrecision.Auto,
        ScoringPrecision = ScoringPrecision.Auto,
        Seed = seed,
    };

    private static LabelledText[] Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var rows = new List<LabelledText>();
        while (reader.ReadLine()?.Split('\t') is { } fields) rows.Add(new() { Category = fields[0], Text = fields[^1].Replace("<br />", " ", StringComparison.Ordinal) });
        return [.. rows];
    }

    private sealed class Display(int seed) : IProgress<ComparisonProgress>
    {
        public void Report(ComparisonProgress value)
        {
            if (value.Result is { } result) Console.WriteLine(FormattableString.Invariant($"draw {seed} {value.Candidate}: {result.Accuracy:F4}, {result.RowsPerSecond:N0} rows/s, fitted in {result.FitTime?.TotalSeconds:F0} s"));
        }
    }
}
