using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>One fine-tuned classifier in every precision: accuracy on the same test rows, agreement with float32, and rows a second.</summary>
internal static class PrecisionBenchmark
{
    public static void Run(string trainFile, string testFile, int textColumn, int labelColumn, int trainRows, int testRows, string encoderDirectory, double epochs, int maxLength)
    {
        var ml = new MLContext(1);
        (Row[] train, Row[] test) = (Read(trainFile, textColumn, labelColumn, trainRows), Read(testFile, textColumn, labelColumn, testRows));
        IDataView asked = ml.Data.LoadFromEnumerable(test);
        string folder = Directory.CreateTempSubdirectory("benchmark-").FullName;
        var options = new FineTuneTextOptions { LabelColumnName = "Label", Epochs = epochs, LearningRate = 5e-4, MaxLength = maxLength, Precision = TrainingPrecision.Auto, Seed = 1 };
        using TextClassificationTransformer tuned = ml.MulticlassClassification.Trainers.FineTuneText(encoderDirectory, options).Fit(ml.Transforms.Conversion.MapValueToKey("Label").Fit(ml.Data.LoadFromEnumerable(train)).Transform(ml.Data.LoadFromEnumerable(train)));
        tuned.SaveCheckpoint(folder);
        string[] exact = [];
        foreach (ScoringPrecision precision in s_precisions)
        {
            using var model = new TextClassificationTransformer(new EncoderPredictor(TextModel.LoadClassifier(folder), EncoderPredictor.FineTuneText), tuned.Options with { Precision = precision }, tuned.Columns);
            model.Transform(ml.Data.LoadFromEnumerable(test.Take(200))).GetColumn<float[]>("Score").Count();   // packs
            long start = Stopwatch.GetTimestamp();
            float[][] scores = [.. model.Transform(asked).GetColumn<float[]>("Score")];
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            string[] predicted = [.. scores.Select(score => model.Labels[Array.IndexOf(score, score.Max())])];
            if (precision == ScoringPrecision.Float32) exact = predicted;
            double accuracy = predicted.Zip(test, (p, row) => p == row.Label ? 1.0 : 0).Average(), same = predicted.Zip(exact, (a, b) => a == b ? 1.0 : 0).Average();
            Console.WriteLine(FormattableString.Invariant($"{precision,-9} accuracy {accuracy:F4}, as float32 {same:F4}, {test.Length / seconds:N0} rows/s ({model.Runner.Engine})"));
        }
        Directory.Delete(folder, recursive: true);
    }

    private static readonly ScoringPrecision[] s_precisions = [ScoringPrecision.Float32, ScoringPrecision.BFloat16, ScoringPrecision.Int8];

    private static Row[] Read(string path, int textColumn, int labelColumn, int rows) => [.. TextFile.Read(path, null, rows)
        .Select(line => line.Split('\t')).Where(fields => fields[labelColumn] is "0" or "1").Select(fields => new Row { Text = fields[textColumn], Label = fields[labelColumn] })];

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
