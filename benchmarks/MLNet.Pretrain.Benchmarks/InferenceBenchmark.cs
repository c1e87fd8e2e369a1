using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Whether a sentence follows from another, contradicts it or neither: a cross-encoder, and what costs nothing.</summary>
internal static class InferenceBenchmark
{
    public static void Run(string trainPath, string testPath, string encoder, double epochs, double learningRate, int seeds)
    {
        var ml = new MLContext(1);
        List<Row> train = Read(trainPath), test = Read(testPath);
        Console.WriteLine($"{train.Count:N0} training pairs, {test.Count:N0} test pairs");
        string majority = train.CountBy(r => r.Label).MaxBy(c => c.Value).Key;
        Console.WriteLine(FormattableString.Invariant($"always {majority}: {test.Count(r => r.Label == majority) / (double)test.Count:F3}"));

        IDataView rows = ml.Data.LoadFromEnumerable(train), asked = ml.Data.LoadFromEnumerable(test);
        var characters = new BagOfWordsOptions { Splitting = new() { Unit = WordUnit.Character }, NgramLength = 2 };
        var bags = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.Text.BagOfWords("FirstBag", "First", characters))
            .Append(ml.Transforms.Text.BagOfWords("SecondBag", "Second", characters))
            .Append(ml.Transforms.Concatenate("Features", "FirstBag", "SecondBag"))
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy());
        Print("bags of both texts + LR", bags);
        for (int seed = 1; seed <= seeds; seed++)
        {
            var options = new FineTuneTextOptions { TextColumnName = "First", PairColumnName = "Second", Epochs = epochs, LearningRate = learningRate, MaxLength = 128, Precision = TrainingPrecision.Auto, Seed = seed };
            Print($"fine-tuned, seed {seed}", ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.MulticlassClassification.Trainers.FineTuneText(encoder, options)));
        }

        void Print<T>(string name, IEstimator<T> estimator) where T : class, ITransformer
        {
            long start = Stopwatch.GetTimestamp();
            T model = estimator.Fit(rows);
            using var owned = model as IDisposable;
            Console.WriteLine(FormattableString.Invariant($"{name}: accuracy {ml.MulticlassClassification.Evaluate(model.Transform(asked)).MicroAccuracy:F3}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
        }
    }

    private static List<Row> Read(string path)
    {
        using Stream file = File.OpenRead(path), plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);
        var rows = new List<Row>();
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument row = JsonDocument.Parse(line);
            string Text(string name) => row.RootElement.GetProperty(name).GetString()!;
            if (Text("label") != "-") rows.Add(new Row { First = Text("sentence1"), Second = Text("sentence2"), Label = Text("label") });   // - = the annotators disagree
        }
        return rows;
    }

    private sealed class Row
    {
        public string First { get; set; } = "";

        public string Second { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
