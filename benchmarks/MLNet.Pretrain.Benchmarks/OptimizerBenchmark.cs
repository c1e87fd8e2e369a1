using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>AdamW steps over the parameters of a BERT: all in one native call, against TorchSharp's <c>optim.AdamW</c>.</summary>
internal static class OptimizerBenchmark
{
    private const int Vocabulary = 30_522, Steps = 5;

    public static void Run(int layers, int hidden)
    {
        TorchRuntime.EnsureLoaded();
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            using DisposeScope scope = NewDisposeScope();
            using TextEncoder mine = Network(layers, hidden, type), theirs = Network(layers, hidden, ScalarType.Float32);
            using var ours = new Training.AdamW([new ParameterGroup([.. mine.named_parameters()], 1, 0.01)], 0.9, 0.999, 1e-8);
            using var peer = optim.AdamW(theirs.parameters(), 1e-4, weight_decay: 0.01);
            Console.WriteLine(FormattableString.Invariant($"{layers}x{hidden}, {mine.parameters().Sum(p => p.numel()) / 1e6:0.0} M parameters, {type}{(type == ScalarType.BFloat16 ? " with float32 masters, the peer in Float32" : "")}"));
            SideBySide.Run("steps", Steps, 5, ("AdamW, one call", () =>
            {
                for (int i = 0; i < Steps; i++) ours.Step(1e-4);
            }
            ), ("optim.AdamW", () =>
            {
                for (int i = 0; i < Steps; i++) peer.step();
            }
            ));
        }
    }

    private static TextEncoder Network(int layers, int hidden, ScalarType type)
    {
        var network = new TextEncoder(new TextEncoderConfig { VocabSize = Vocabulary, HiddenSize = hidden, LayerCount = layers, HeadCount = 12, IntermediateSize = 4 * hidden, HasPooler = false }, 1);
        network.to(type);
        foreach (Parameter parameter in network.parameters()) parameter.grad = randn(parameter.shape, type);
        return network;
    }
}
