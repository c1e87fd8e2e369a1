using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>A character model with nanoGPT's settings for a processor: 4 x 128, blocks of 64, 2,000 steps of 12. nanoGPT publishes a validation loss of 1.88 on Shakespeare.</summary>
internal static class GptBenchmark
{
    public static void Characters(string path, int characters, int? threads, string? save)
    {
        string text = Read(path, characters);
        int split = (int)(text.Length * 0.9);
        Console.WriteLine($"{text.Length:N0} characters of {Path.GetFileName(path)}, the last tenth for validation; {Environment.ProcessorCount} processors");
        var ml = new MLContext(1);
        (double sum, int count) = (0, 0);
        var clock = Stopwatch.StartNew();
        using GptTransformer gpt = ml.Transforms.Text.PretrainGpt("Features", "Text", new()
        {
            Model = new ScratchGpt { LayerCount = 4, HiddenSize = 128, HeadCount = 4, MaxPositions = 64, Dropout = 0, Activation = Activation.Gelu },
            ValidationData = View(text[split..]),
            BatchSize = 12,
            Epochs = 1000,
            MaxSteps = 2000,
            LearningRate = 1e-3,
            MinLearningRate = 1e-4,
            WarmupSteps = 100,
            AdamBeta2 = 0.99,
            WeightDecay = 0.1,
            MaxGradientNorm = 1,
            EvaluationsPerEpoch = 5,
            Threads = threads,
            Seed = 1337,
            Progress = new Reporter(p =>
            {
                (sum, count) = (sum + p.Loss, count + 1);
                if (p.Metrics is null) return;
                Console.WriteLine(FormattableString.Invariant($"step {p.Step,4}  training loss {sum / count:0.000}  validation loss {p.Metrics["Loss"]:0.000}  {p.TokensPerSecond:0} tokens/s  {clock.Elapsed.TotalSeconds:0.0} s"));
                (sum, count) = (0, 0);
            }),
        }).Fit(View(text[..split]));
        Console.WriteLine(FormattableString.Invariant($"trained in {clock.Elapsed.TotalSeconds:0.0} s, evaluations included"));
        GptPerplexity validation = gpt.Perplexity([text[split..]]);
        Console.WriteLine(FormattableString.Invariant($"validation in sliding windows: loss {Math.Log(validation.Perplexity):0.000}, {validation.BitsPerByte:0.000} bits a byte"));
        Console.WriteLine(gpt.Generate("The ", new() { MaxNewTokens = 300, Temperature = 0.8, TopP = 0.95, Seed = 1 }));
        Speed(gpt);
        if (save is not null) gpt.SaveCheckpoint(save);

        IDataView View(string document) => ml.Data.LoadFromEnumerable([new Row { Text = document }]);
    }

    /// <summary>Tokens a second of a checkpoint.</summary>
    public static void Generate(string directory)
    {
        var ml = new MLContext(1);
        using GptTransformer gpt = ml.Transforms.Text.ApplyGpt("Features", "Text", directory).Fit(ml.Data.LoadFromEnumerable<Row>([]));
        Speed(gpt);
    }

    private static void Speed(GptTransformer gpt)
    {
        foreach (int prompts in (int[])[1, 16])
        {
            string[] texts = [.. Enumerable.Repeat("The ", prompts)];
            // Within the positions, and beyond them, where the window slides.
            foreach (int tokens in (int[])[60, 500])
            {
                var options = new GenerationOptions { MaxNewTokens = tokens, Temperature = 1, Seed = 1 };
                gpt.Generate(texts, options);
                var clock = Stopwatch.StartNew();
                IReadOnlyList<string> made = gpt.Generate(texts, options);
                long count = made.Sum(text => (long)gpt.Tokenizer.Encode(text).Count);
                Console.WriteLine(FormattableString.Invariant($"generation, {prompts} prompts of up to {tokens} tokens: {count / clock.Elapsed.TotalSeconds:0} tokens/s"));
            }
        }
    }

    private static string Read(string path, int characters)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        char[] buffer = new char[characters];
        return new string(buffer, 0, reader.ReadBlock(buffer));
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }

    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
