using System.Diagnostics;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>One training step of a BERT-shaped classifier (batch of data, forward, backward, clipping, AdamW with float32 masters); benchmarks/training-step runs PyTorch's beside it.</summary>
internal static class TrainingStepBenchmark
{
    private const int Vocabulary = 30_522, WarmUp = 3;

    public static void Run(int layers, int hidden, int rows, int length, double dropout, TrainingPrecision precision, int steps, int loraRank, bool gradientCheckpointing)
    {
        var config = new TextEncoderConfig
        {
            VocabSize = Vocabulary,
            HiddenSize = hidden,
            LayerCount = layers,
            HeadCount = hidden % 12 == 0 ? 12 : hidden / 64,
            IntermediateSize = 4 * hidden,
            HiddenDropout = dropout,
            AttentionDropout = dropout,
            HasPooler = false,
        };
        using var network = new SequenceClassifier(new TextEncoder(config, 1), 2, 0, 1);
        using TokenStore store = Store(rows, length);
        var clock = new Ticks();
        var options = new FineTuneTextOptions { BatchSize = rows, MinSteps = WarmUp + steps, MaxSteps = WarmUp + steps, LearningRate = 5e-5, Precision = precision, GradientCheckpointing = gradientCheckpointing, Progress = clock, Seed = 1 };
        var task = new TextClassificationTask(network, layers, _ => 1, options);
        var tuning = new EncoderTuning(null, 0, loraRank > 0 ? new LoraOptions { Rank = loraRank } : null, null, 0);
        long learning = 0;
        double before = PeakMemory.Restart();
        TunedEncoder.Train(task, network.Encoder, tuning, 1, run =>
        {
            learning = run.Network.parameters().Where(p => p.requires_grad).Sum(p => p.numel());
            return TrainingLoop.Run(run, store.All, null, options, new TrainingContext { Owner = "benchmark", DefaultSeed = 1 });
        });
        double peak = double.IsNaN(before) ? before : PeakMemory.Megabytes();
        double[] milliseconds = [.. clock.Milliseconds.Skip(WarmUp - 1).Order()];
        double median = milliseconds[milliseconds.Length / 2];
        Console.WriteLine(FormattableString.Invariant($"ours {layers}x{hidden} {rows}x{length} dropout {dropout} {precision}{(loraRank > 0 ? $" LoRA {loraRank}" : "")}{(gradientCheckpointing ? " checkpointing" : "")} learning {learning:N0} peak_MiB {peak - before:0} over {before:0} median_ms {median:0.0} mean {milliseconds.Average():0.0} min {milliseconds[0]:0.0} max {milliseconds[^1]:0.0} tok/s {rows * length / median * 1000:0} libtorch threads {torch.get_num_threads()}"));
    }

    private static TokenStore Store(int rows, int length)
    {
        var random = new Random(1);
        using var writer = new TokenStoreWriter(new TokenStoreFormat(Vocabulary, 0, false, LabelKind.Class));
        int[] ids = new int[length];
        for (int row = 0; row < 64 * rows; row++)
        {
            for (int i = 0; i < length; i++) ids[i] = random.Next(5, Vocabulary);
            writer.Append(ids, length, row % 2);
        }
        return writer.Complete();
    }

    private sealed class Ticks : IProgress<TrainingProgress>
    {
        private long _last;

        public List<double> Milliseconds { get; } = [];

        public void Report(TrainingProgress value)
        {
            long now = Stopwatch.GetTimestamp();
            if (_last != 0) Milliseconds.Add(Stopwatch.GetElapsedTime(_last, now).TotalMilliseconds);
            _last = now;
        }
    }
}
