using System.Diagnostics;
using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>One text at a time: a prediction engine from text to vector, beside ONNX Runtime's network alone, without tokenization and pooling.</summary>
internal static class EngineBenchmarkLatency
{
    public static void Run(EngineBenchmarkModel model, int tokens, EngineBenchmarkSettings settings)
    {
        var row = new EngineBenchmarkRow { Text = EngineBenchmarkWords.Texts(model.Vocabulary, 1, tokens)[0] };
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable([row]);
        object[] work = ["latency", tokens, settings.LatencyRuns];
        List<EngineBenchmarkContestant> contestants = [.. model.Peers.Select(p => p.At(work, work))];
        var engines = new List<PredictionEngine<EngineBenchmarkRow, EngineBenchmarkVector>>();
        foreach (ScoringPrecision precision in settings.Precisions)
        {
            PredictionEngine<EngineBenchmarkRow, EngineBenchmarkVector> engine = ml.Model.CreatePredictionEngine<EngineBenchmarkRow, EngineBenchmarkVector>(model.Fit(ml, view, precision, 0));
            engines.Add(engine);
            contestants.Add(new($"PredictionEngine {precision}", false, () => Percentiles(engine, row, settings.LatencyRuns), () => Percentiles(engine, row, settings.LatencyRuns)));
        }
        EngineBenchmarkTurns.Run($"{model.Name}, one text of {tokens} tokens, {settings.LatencyRuns} times a round", $"{"median ms",10}{"p95",9}{"p99",9}", m => FormattableString.Invariant($"{m[0],10:0.00}{m[1],9:0.00}{m[2],9:0.00}"), settings.Rounds, contestants);
        foreach (PredictionEngine<EngineBenchmarkRow, EngineBenchmarkVector> engine in engines) engine.Dispose();
    }

    private static double[] Percentiles(PredictionEngine<EngineBenchmarkRow, EngineBenchmarkVector> engine, EngineBenchmarkRow row, int runs)
    {
        var times = new double[runs];
        var vector = new EngineBenchmarkVector();
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            engine.Predict(row, ref vector);
            times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        return [At(0.5), At(0.95), At(0.99)];

        double At(double part) => times[(int)(part * (runs - 1))];
    }
}
