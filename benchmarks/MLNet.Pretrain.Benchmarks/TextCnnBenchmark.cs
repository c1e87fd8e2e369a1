using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Accuracy of <c>TextCnn</c> over several seeds, on files of "label separator text" or "text tab label".</summary>
internal static class TextCnnBenchmark
{
    public static void Run(string train, string? dev, string test, bool labelLast, int seeds, Action<TextCnnOptions> configure)
    {
        var results = new List<double>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            var ml = new MLContext(seed);
            IDataView all = ml.Data.LoadFromEnumerable(Read(train, labelLast));
            ITransformer keys = ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(all);
            var options = new TextCnnOptions { Seed = seed, Progress = new Report() };
            if (dev is not null) options.ValidationData = keys.Transform(ml.Data.LoadFromEnumerable(Read(dev, labelLast)));
            configure(options);
            long start = Stopwatch.GetTimestamp();
            using TextClassificationTransformer model = ml.MulticlassClassification.Trainers.TextCnn(options).Fit(keys.Transform(all));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            double accuracy = ml.MulticlassClassification.Evaluate(model.Transform(keys.Transform(ml.Data.LoadFromEnumerable(Read(test, labelLast))))).MicroAccuracy;
            Console.WriteLine(FormattableString.Invariant($"seed {seed}: test accuracy {accuracy:F4}, fitted in {seconds:F1} s, scored in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
            results.Add(accuracy);
        }
        double mean = results.Average(), deviation = results.Count < 2 ? 0 : Math.Sqrt(results.Sum(r => (r - mean) * (r - mean)) / (results.Count - 1));
        Console.WriteLine(FormattableString.Invariant($"mean {mean:F4} ±{deviation:F4} over {results.Count} seeds"));
    }

    private static IEnumerable<Row> Read(string path, bool labelLast)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        while (reader.ReadLine() is { } line)
        {
            int cut = labelLast ? line.LastIndexOf('\t') : line.IndexOfAny([' ', '\t']);
            if (cut > 0) yield return labelLast ? new Row { Text = line[..cut], Category = line[(cut + 1)..] } : new Row { Category = line[..cut], Text = line[(cut + 1)..] };
        }
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";
    }

    private sealed class Report : IProgress<TrainingProgress>
    {
        void IProgress<TrainingProgress>.Report(TrainingProgress value)
        {
            if (value.Metrics is { } metrics) Console.WriteLine(FormattableString.Invariant($"  step {value.Step}: loss {value.Loss:F4}, dev accuracy {metrics["Accuracy"]:F4}"));
        }
    }
}
