using System.Diagnostics;
using Microsoft.ML;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Trains a small ELMo: words a second, perplexity, how far apart the senses of one word lie, and, on labelled texts, its features beside word2vec's.</summary>
internal static class ElmoBenchmark
{
    public static void Run(string[] texts, long steps, int cells, int projection, int threads, string? labelled, int labelledRows)
    {
        var ml = new MLContext(1);
        string[] held = texts[..Math.Min(200, texts.Length / 10)], rest = texts[held.Length..];
        var report = new Report();
        IDataView rows = ml.Data.LoadFromEnumerable(rest.Select(text => new Row { Text = text }));
        long start = Stopwatch.GetTimestamp();
        using ElmoTransformer model = ml.Transforms.Text.PretrainElmo("Features", "Text", new PretrainElmoOptions
        {
            CellSize = cells,
            ProjectionSize = projection,
            MaxSteps = steps,
            Epochs = 100,
            Dropout = 0,
            MinCount = 3,
            Seed = 1,
            Threads = threads,
            Progress = report,
        }).Fit(rows);
        Console.WriteLine(FormattableString.Invariant($"2 x {cells} cells, projection {projection}, {threads} threads: fitted in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s, {report.Last?.Epoch:F2} epochs, {report.Last?.TokensPerSecond:N0} words/s while training"));
        start = Stopwatch.GetTimestamp();
        ElmoPerplexity perplexity = model.Perplexity(held);
        Console.WriteLine(FormattableString.Invariant($"held-out perplexity: forward {perplexity.Forward:F1}, backward {perplexity.Backward:F1} over {perplexity.Words:N0} words, {perplexity.UnknownWords / (double)perplexity.Words:P1} unknown, {perplexity.Words / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} words/s"));
        Senses(model);
        if (labelled is not null) Features(ml, model, rows, labelled, labelledRows);
    }

    private static void Senses(ElmoTransformer model)
    {
        Console.WriteLine("mean cosine of one word's vectors (word2vec has 1.00 within and across, by construction; so has layer 0)");
        for (int layer = 0; layer <= 2; layer++)
            WordSenses.Print($"ELMo, layer {layer}", WordSenses.Everyday, (sentence, word) => model.TokenVectors(sentence, layer).First(w => w.Word == word).Vector.ToArray());
    }

    private static void Features(MLContext ml, ElmoTransformer elmo, IDataView unlabelled, string labelled, int count)
    {
        Labelled[] all = [.. TextFile.Read(labelled, null, count).Select(Labelled.Parse)];
        IDataView train = ml.Data.LoadFromEnumerable(all.Take(all.Length / 2)), test = ml.Data.LoadFromEnumerable(all.Skip(all.Length / 2));
        using ElmoTransformer last = elmo.WithFeatures(elmo.Options with { Layer = -1 }), first = elmo.WithFeatures(elmo.Options with { Layer = 0 });
        WordVectorTransformer word2Vec = ml.Transforms.Text.Word2Vec("Features", "Text", new() { VectorSize = elmo.VectorSize, Splitting = new() { Lowercase = false }, MinCount = 3, Seed = 1, Workers = 1 }).Fit(unlabelled);
        foreach ((string name, ITransformer features) in (IEnumerable<(string, ITransformer)>)[("word2vec", word2Vec), ("ELMo, all layers", elmo), ("ELMo, layer 0", first), ("ELMo, last layer", last)])
        {
            long start = Stopwatch.GetTimestamp();
            var trainer = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false).AppendCacheCheckpoint(ml).Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l2Regularization: 1f));
            IDataView trainFeatures = ml.Data.Cache(features.Transform(train));
            double accuracy = ml.BinaryClassification.Evaluate(trainer.Fit(trainFeatures).Transform(features.Transform(test))).Accuracy;
            Console.WriteLine(FormattableString.Invariant($"{name,-18} + LR: accuracy {accuracy:F4} ({all.Length / 2} texts to learn from, {all.Length - all.Length / 2} to test), {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
        }
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }

    private sealed class Labelled
    {
        public bool Label { get; set; }

        public string Text { get; set; } = "";

        // label, rating, id, text
        public static Labelled Parse(string line)
        {
            string[] parts = line.Split('\t');
            return new Labelled { Label = parts[0] == "1", Text = parts[^1] };
        }
    }

    private sealed class Report : IProgress<TrainingProgress>
    {
        public TrainingProgress? Last { get; private set; }

        void IProgress<TrainingProgress>.Report(TrainingProgress value)
        {
            Last = value;
            if (value.Step % 50 == 0) Console.WriteLine(FormattableString.Invariant($"  step {value.Step} of {value.TotalSteps}: loss {value.Loss:F3}, {value.TokensPerSecond:N0} words/s, {value.Elapsed.TotalSeconds:F0} s"));
        }
    }
}
