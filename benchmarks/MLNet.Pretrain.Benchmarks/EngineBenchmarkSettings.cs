using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What the engine benchmark runs.</summary>
internal sealed record EngineBenchmarkSettings
{
    /// <summary>A checkpoint directory; null: random weights of each of <see cref="Shapes"/>.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>BERT's vocab.txt for random weights.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>Layers x hidden, as in 6x384: 12 heads, four times as wide between.</summary>
    public required IReadOnlyList<string> Shapes { get; init; }

    public required IReadOnlyList<ScoringPrecision> Precisions { get; init; }

    public required IReadOnlyList<EngineBenchmarkPart> Parts { get; init; }

    public required IReadOnlyList<EngineBenchmarkText> Texts { get; init; }

    /// <summary>Texts of each file.</summary>
    public required int Rows { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Of libtorch, and of ONNX Runtime inside an operator.</summary>
    public required int Threads { get; init; }

    /// <summary>Texts of a measurement of latency.</summary>
    public required int LatencyRuns { get; init; }

    public required IReadOnlyList<int> GrowthRows { get; init; }

    /// <summary>The built MLNet.Pretrain.Benchmarks.OnnxRuntime.</summary>
    public required string Server { get; init; }

    /// <summary>A Python with numpy and onnx.</summary>
    public required string Python { get; init; }
}
