using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Many threads that score one model for a long time: every row must be right, and memory must not grow.</summary>
internal static class SoakBenchmark
{
    public static void Run(string[] texts, string encoderDirectory, int threads, double minutes, ScoringPrecision precision)
    {
        var ml = new MLContext(1);
        IDataView all = ml.Data.LoadFromEnumerable(texts.Select(text => new Row { Text = text }));
        using TextEncoderTransformer encoder = ml.Transforms.Text.EncodeText(encoderDirectory, new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", MaxLength = 128, Precision = precision }).Fit(all);
        float[][] expected = [.. encoder.Transform(all).GetColumn<float[]>("Vector")];
        var watch = Stopwatch.StartNew();
        (long rows, long wrong, double largest) = (0, 0, 0);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            var random = new Random(number);
            var own = new MLContext(number);
            while (watch.Elapsed.TotalMinutes < minutes)
            {
                int[] chosen = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(texts.Length))];
                float[][] found = [.. encoder.Transform(own.Data.LoadFromEnumerable(chosen.Select(i => new Row { Text = texts[i] }))).GetColumn<float[]>("Vector")];
                for (int i = 0; i < chosen.Length; i++)
                {
                    double difference = found[i].Zip(expected[chosen[i]], (a, b) => Math.Abs((double)a - b)).Max();
                    if (!(difference < Allowed(precision))) Interlocked.Increment(ref wrong);
                    lock (watch) largest = Math.Max(largest, difference);
                }
                Interlocked.Add(ref rows, chosen.Length);
            }
        }))];
        foreach (Thread worker in workers) worker.Start();
        while (watch.Elapsed.TotalMinutes < minutes)
        {
            Thread.Sleep(TimeSpan.FromMinutes(minutes / 10));
            Console.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalMinutes:F1} min: {Interlocked.Read(ref rows):N0} rows, {Interlocked.Read(ref wrong)} wrong, {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB resident, {GC.GetTotalMemory(false) >> 20} of them managed, {TorchSharp.torch.Tensor.TotalCount} tensors"));
        }
        foreach (Thread worker in workers) worker.Join();
        Console.WriteLine($"{threads} threads, {precision} ({encoder.Runner.Engine}): {rows:N0} rows, {wrong} wrong, largest difference {largest:0.0e0}");
    }

    // Rows stand in other batches each time, and products of other sizes add up in another order.
    private static double Allowed(ScoringPrecision precision) => precision == ScoringPrecision.BFloat16 ? 0.05 : 1e-4;

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
