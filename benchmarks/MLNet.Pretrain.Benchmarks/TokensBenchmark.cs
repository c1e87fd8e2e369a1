using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Entities of a CoNLL file by <c>FineTuneTokens</c>, beside a logistic regression over the words around each token.</summary>
internal static class TokensBenchmark
{
    public static void Run(string train, string? dev, string test, int? rows, Action<FineTuneTokensOptions> configure, TextEncoderSource encoder, bool baseline)
    {
        ConllFile.Sentence[] learned = ConllFile.Read(train), held = ConllFile.Read(test);
        if (rows is { } limit)
        {
            new Random(1).Shuffle(learned);
            learned = learned[..Math.Min(limit, learned.Length)];
        }
        Console.WriteLine($"{learned.Length:N0} sentences to learn from, {held.Length:N0} to test ({held.Sum(s => s.Words.Length):N0} tokens), {encoder.Description}");
        var ml = new MLContext(1);
        if (baseline)
        {
            long begin = Stopwatch.GetTimestamp();
            string[][] predicted = TaggingBaseline.Predict(ml, learned, held);
            Print("words around + LR", held, predicted, Stopwatch.GetElapsedTime(begin), null);
        }
        var options = new FineTuneTokensOptions { TextColumnName = "Words", LabelColumnName = "Tags", Scheme = TagScheme.Bio, Seed = 1, Progress = new Report() };
        configure(options);
        if (dev is not null) options.ValidationData = ml.Data.LoadFromEnumerable(ConllFile.Read(dev));
        long start = Stopwatch.GetTimestamp();
        using TokenClassificationTransformer model = ml.MulticlassClassification.Trainers.FineTuneTokens(encoder, options).Fit(ml.Data.LoadFromEnumerable(learned));
        TimeSpan fitted = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        string[][] tags = [.. model.Transform(ml.Data.LoadFromEnumerable(held)).GetColumn<string[]>("PredictedTags")];
        Print($"FineTuneTokens, {options.TrainAs ?? options.Scheme}{(options.UseCrf ? ", CRF" : "")}", held, tags, fitted, Stopwatch.GetElapsedTime(start));
    }

    private static void Print(string name, ConllFile.Sentence[] truth, string[][] predicted, TimeSpan fitted, TimeSpan? scored)
    {
        SpanScores scores = SpanScores.OfTags([.. truth.Select(s => s.Tags)], predicted, TagScheme.Bio);
        string speed = scored is { } time ? $", scored in {time.TotalSeconds:F1} s" : " with scoring";
        Console.WriteLine(FormattableString.Invariant($"{name}: F1 {scores.Overall.F1:F4}, precision {scores.Overall.Precision:F4}, recall {scores.Overall.Recall:F4}; {string.Join(", ", scores.Types.Select(t => FormattableString.Invariant($"{t.Key} {t.Value.F1:F3}")))}; fitted in {fitted.TotalSeconds:F1} s{speed}"));
    }

    private sealed class Report : IProgress<TrainingProgress>
    {
        void IProgress<TrainingProgress>.Report(TrainingProgress value)
        {
            if (value.Metrics is { } metrics) Console.WriteLine(FormattableString.Invariant($"  step {value.Step} of {value.TotalSteps}: loss {value.Loss:F4}, dev F1 {metrics["F1"]:F4}, {value.Elapsed.TotalSeconds:F0} s"));
        }
    }
}
