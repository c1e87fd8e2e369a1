using System.Globalization;
using MLNet.Pretrain.Networks;
using TorchSharp;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Scoring beside ONNX Runtime with the same weights, in turns, each in a process of its own.</summary>
internal static class EngineBenchmark
{
    private const int ShortText = 16, LongText = 128;

    public static void Run(EngineBenchmarkSettings settings)
    {
        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(settings.Threads);
        Console.WriteLine($"{settings.Threads} threads of {Environment.ProcessorCount} processors, bfloat16 units: {ProcessorFeatures.HasBFloat16}");
        if (settings.Parts.Contains(EngineBenchmarkPart.Growth)) EngineBenchmarkGrowth.Run(settings);
        if (settings.Parts.All(part => part == EngineBenchmarkPart.Growth)) return;
        foreach (Func<EngineBenchmarkModel> open in Models(settings))
        {
            using EngineBenchmarkModel model = open();
            if (settings.Parts.Contains(EngineBenchmarkPart.Batch)) EngineBenchmarkBatch.Run(model, settings);
            if (settings.Parts.Contains(EngineBenchmarkPart.Latency))
                foreach (int tokens in (int[])[ShortText, LongText]) EngineBenchmarkLatency.Run(model, tokens, settings);
            if (settings.Parts.Contains(EngineBenchmarkPart.Text))
                foreach (EngineBenchmarkText text in settings.Texts) EngineBenchmarkTexts.Run(model, text, settings);
        }
    }

    private static IEnumerable<Func<EngineBenchmarkModel>> Models(EngineBenchmarkSettings settings)
    {
        if (settings.Checkpoint is { } checkpoint) return [() => EngineBenchmarkModel.Open(settings, checkpoint)];
        return settings.Shapes.Select<string, Func<EngineBenchmarkModel>>(shape => () =>
        {
            string[] sizes = shape.Split('x');
            return EngineBenchmarkModel.Random(settings, int.Parse(sizes[0], CultureInfo.InvariantCulture), int.Parse(sizes[1], CultureInfo.InvariantCulture));
        });
    }
}
