using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Search;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>One training run as a whole process, the way the peers' programs run, and the quality of vectors whoever made them.</summary>
internal static class Word2VecBenchmark
{
    public static void Train(string corpus, string architecture, string loss, int threads, int seed, string output, int vectorSize, int epochs, double sample, double minLearningRate)
    {
        var ml = new MLContext(seed);
        IDataView lines = ml.Data.LoadFromTextFile(corpus, [new TextLoader.Column("Text", DataKind.String, 0)], separatorChar: '\t');
        WordVectorTransformer model = ml.Transforms.Text.Word2Vec("Features", "Text", new()
        {
            Architecture = architecture == "sg" ? Word2VecArchitecture.SkipGram : Word2VecArchitecture.ContinuousBagOfWords,
            Loss = loss == "ns" ? Word2VecLoss.NegativeSampling : Word2VecLoss.HierarchicalSoftmax,
            VectorSize = vectorSize,
            Window = 5,
            NegativeSamples = 5,
            SubsamplingThreshold = sample,
            MinCount = 5,
            MinLearningRate = minLearningRate,
            Epochs = epochs,
            Workers = threads,
            Seed = seed,
            Splitting = new() { Unit = WordUnit.Whitespace },
        }).Fit(lines);
        model.Vectors.Save(output, WordVectorFormat.Binary);
    }

    /// <summary>A line a file, and a line a group of files that differ in their seed.</summary>
    public static void Quality(string evaluation, string[] files)
    {
        foreach (IGrouping<string, string> group in files.GroupBy(f => Path.GetFileNameWithoutExtension(f).TrimEnd("0123456789-".ToCharArray())))
        {
            double[][] runs = [.. group.Select(file => Measure(evaluation, file))];
            Console.WriteLine($"{group.Key,-24} WordSim-353 {Spread(0, "F3")}  MEN {Spread(1, "F3")}  analogies % {Spread(2, "F1")}  ({runs.Length} runs)");

            string Spread(int column, string format)
            {
                double mean = runs.Average(r => r[column]);
                double deviation = runs.Length < 2 ? 0 : Math.Sqrt(runs.Sum(r => (r[column] - mean) * (r[column] - mean)) / (runs.Length - 1));
                return FormattableString.Invariant($"{mean.ToString(format)} ±{deviation.ToString(format)}");
            }
        }
    }

    /// <summary>Nearest words of a large matrix on one thread, against reading all of it in single precision.</summary>
    public static void Search(int words, int size)
    {
        var random = new Random(1);
        float[] values = new float[(long)words * size];
        for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 0.2f;
        var nearest = new NearestRows(values, size);
        float[] query = [.. values.AsSpan(size, size)];
        SideBySide.Run("searches", 20, 5, ($"NearestRows, {words} x {size}", () =>
        {
            for (int i = 0; i < 20; i++) nearest.Find(values.AsSpan(i * size, size), 10, words, []);
        }
        ), ("a dot product a row, float32", () =>
        {
            for (int i = 0; i < 20; i++) Plain(values, values.AsSpan(i * size, size));
        }
        ));
    }

    private static float Plain(float[] values, ReadOnlySpan<float> query)
    {
        float best = float.MinValue;
        for (int row = 0; row < values.Length; row += query.Length) best = Math.Max(best, System.Numerics.Tensors.TensorPrimitives.Dot(query, values.AsSpan(row, query.Length)));
        return best;
    }

    private static double[] Measure(string evaluation, string file)
    {
        WordVectors vectors = WordVectors.Load(file);
        return
        [
            vectors.EvaluateSimilarity(Path.Combine(evaluation, "EN-WS-353-ALL.txt")).Spearman,
            vectors.EvaluateSimilarity(Path.Combine(evaluation, "EN-MEN-TR-3k.txt")).Spearman,
            100 * vectors.EvaluateAnalogies(Path.Combine(evaluation, "questions-words.txt"), 30_000).Accuracy,
        ];
    }
}
