using System.Diagnostics;
using System.IO.Compression;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What students keep of a teacher's sentence vectors: half the layers of an encoder on STS-B, and a second language from parallel text.</summary>
internal static class VectorsDistillBenchmark
{
    /// <param name="trainPath">STS-B to fine-tune the teacher on; its texts, without their numbers, teach the student.</param>
    /// <param name="testPath">STS-B to judge by.</param>
    /// <param name="encoder">What the teacher begins as.</param>
    /// <param name="settings">Training.</param>
    /// <returns>The teacher.</returns>
    public static TextEncoderTransformer Half(string trainPath, string testPath, string encoder, VectorsSettings settings)
    {
        var ml = new MLContext(settings.Seed);
        IReadOnlyList<PairTexts.Row> train = [.. Sentences(ml, trainPath).Take(settings.Rows)], test = Sentences(ml, testPath);
        IDataView pairs = ml.Data.LoadFromEnumerable(train), texts = ml.Data.LoadFromEnumerable(train.SelectMany(row => new[] { row.First, row.Second }).Distinct().Select(text => new Text { First = text }));
        TextEncoderTransformer teacher = Time("teacher", () => ml.Transforms.Text.FineTuneEmbeddings("Vector", "First", "Second", encoder, Judged(settings)).Fit(pairs));
        double whole = 0;
        whole = Report("teacher", teacher);
        int layers = settings.Layers;
        TextEncoderSource half = TextEncoderSource.FromTransformer(teacher).WithLayers(layers);
        using (TextEncoderTransformer untrained = ml.Transforms.Text.EncodeText("Vector", "First", half, normalize: true).Fit(pairs)) Report($"{layers} layers, not trained on", untrained);
        using (TextEncoderTransformer judged = Time("labels", () => ml.Transforms.Text.FineTuneEmbeddings("Vector", "First", "Second", TextEncoderSource.FromDirectory(encoder).WithLayers(layers), Judged(settings)).Fit(pairs))) Report($"{layers} layers, labels alone", judged);
        using TextEncoderTransformer student = Time("student", () => ml.Transforms.Text.DistillEmbeddings("Vector", "First", teacher, half, settings.Set(new DistillEmbeddingsOptions())).Fit(texts));
        Report($"{layers} layers, distilled", student);
        return teacher;

        double Report(string name, TextEncoderTransformer model)
        {
            double spearman = Spearman(ml, model, test);
            Console.WriteLine(FormattableString.Invariant($"| {name} | {spearman:F3} | {(whole == 0 ? 1 : spearman / whole):P1} |"));
            return spearman;
        }
    }

    /// <param name="source">Parallel text, line by line: the teacher's language.</param>
    /// <param name="target">The other one.</param>
    /// <param name="sourceTest">Parallel text to judge by.</param>
    /// <param name="targetTest">The same.</param>
    /// <param name="similarities">STS-B in the two languages; a missing one is left out.</param>
    /// <param name="encoder">The teacher; null = averages of word vectors of its language.</param>
    /// <param name="settings">Training; the student begins from scratch.</param>
    public static void Languages(string source, string target, string sourceTest, string targetTest, IReadOnlyList<string?> similarities, TextEncoderTransformer? encoder, VectorsSettings settings)
    {
        var ml = new MLContext(settings.Seed);
        Text[] train = Parallel(source, target, settings.Rows), test = Parallel(sourceTest, targetTest, int.MaxValue);
        IDataView rows = ml.Data.LoadFromEnumerable(train), held = ml.Data.LoadFromEnumerable(test);
        Console.WriteLine($"{train.Length:N0} parallel texts, {test.Length:N0} to judge by");
        ITransformer teacher = encoder as ITransformer ?? Time("word vectors", () => ml.Transforms.Text.Word2Vec("Vector", "Source", new Word2VecOptions { VectorSize = settings.Hidden, Epochs = 10, MinCount = 2, Pooling = WordVectorPooling.SmoothInverseFrequency, Seed = settings.Seed }).Fit(rows));
        IReadOnlyList<PairTexts.Row>?[] judged = [.. similarities.Select(path => path is null ? null : Sentences(ml, path))];
        if (judged[0] is { } own) Console.WriteLine(FormattableString.Invariant($"| teacher | | | {Spearman(ml, teacher, own):F3} | |"));
        var scratch = new ScratchEncoder { LayerCount = settings.Layers, HiddenSize = settings.Hidden, HeadCount = settings.Hidden / 64, VocabularySize = 16_000 };
        foreach (bool learns in (bool[])[false, true])
        {
            DistillEmbeddingsOptions options = settings.Set(new DistillEmbeddingsOptions { TranslationColumnName = "Target", ValidationData = held });
            if (!learns) (options.MaxSteps, options.LearningRate) = (1, 1e-9);
            options.Progress = new Evaluations();
            using TextEncoderTransformer student = Time("student", () => ml.Transforms.Text.DistillEmbeddings("Vector", "Source", DistillationTeacher.Of(teacher, "Vector"), scratch, options).Fit(rows));
            (float[][] sources, float[][] targets) = (Vectors(ml, student, test.Select(t => t.Source)), Vectors(ml, student, test.Select(t => t.Target)));
            string spearmans = string.Join(" | ", judged.Select(pairs => pairs is null ? "" : FormattableString.Invariant($"{Spearman(ml, student, pairs):F3}")));
            Console.WriteLine(FormattableString.Invariant($"| student, {(learns ? "distilled" : "untrained")} | {Found(sources, targets):F3} | {Found(targets, sources):F3} | {spearmans} |"));
        }
    }

    private static IReadOnlyList<PairTexts.Row> Sentences(MLContext ml, string path) => PairTexts.Read(ml, path, [0, 1, 2]);

    private static FineTuneEmbeddingsOptions Judged(VectorsSettings settings) => settings.Set(new FineTuneEmbeddingsOptions { Loss = EmbeddingLoss.CosineRegression, LabelColumnName = "Number", LabelMaximum = 5 });

    // How often the nearest by cosine is the one of the same line.
    private static double Found(float[][] asked, float[][] sought) => asked.Index().Average(a => sought.Index().MaxBy(s => TensorPrimitives.Dot<float>(a.Item, s.Item)).Index == a.Index ? 1.0 : 0);

    private static double Spearman(MLContext ml, ITransformer model, IReadOnlyList<PairTexts.Row> pairs)
    {
        double[] cosines = [.. Vectors(ml, model, pairs.Select(p => p.First)).Zip(Vectors(ml, model, pairs.Select(p => p.Second)), (a, b) => (double)TensorPrimitives.CosineSimilarity<float>(a, b))];
        // Of no known word there is no cosine.
        return Correlation.Spearman([.. cosines.Select(c => double.IsNaN(c) ? 0 : c)], [.. pairs.Select(p => (double)p.Number)]);
    }

    // Whatever the model's input column is called.
    private static float[][] Vectors(MLContext ml, ITransformer model, IEnumerable<string> texts)
    {
        IDataView rows = ml.Data.LoadFromEnumerable(texts.Select(text => new Text { Source = text, First = text }));
        return [.. model.Transform(rows).GetColumn<float[]>("Vector")];
    }

    private static Text[] Parallel(string source, string target, int rows)
    {
        string[] sources = [.. Lines(source).Take(rows)], targets = [.. Lines(target).Take(rows)];
        if (sources.Length != targets.Length) throw new InvalidDataException($"'{source}' has {sources.Length} lines and '{target}' {targets.Length}; expected the same number.");
        return [.. sources.Zip(targets, (s, t) => new Text { Source = s, Target = t, First = s })];
    }

    private static IEnumerable<string> Lines(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static T Time<T>(string what, Func<T> work)
    {
        long start = Stopwatch.GetTimestamp();
        T result = work();
        Console.WriteLine(FormattableString.Invariant($"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
        return result;
    }

    private sealed class Evaluations : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Metrics is { } metrics) Console.WriteLine(FormattableString.Invariant($"epoch {value.Epoch:F1}: ") + string.Join(", ", metrics.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:G4}"))));
        }
    }

    private sealed class Text
    {
        public string Source { get; set; } = "";

        public string Target { get; set; } = "";

        public string First { get; set; } = "";
    }
}

/// <summary>How <see cref="VectorsDistillBenchmark"/> trains.</summary>
internal sealed record VectorsSettings(double Epochs, double LearningRate, int BatchSize, int Layers, int Hidden, int Rows, string Device, TrainingPrecision Precision, int Seed)
{
    public T Set<T>(T options) where T : EmbeddingTrainingOptions
    {
        (options.Epochs, options.LearningRate, options.BatchSize, options.Device, options.Precision, options.Seed, options.MaxLength) = (Epochs, LearningRate, BatchSize, Device, Precision, Seed, 64);
        return options;
    }
}
