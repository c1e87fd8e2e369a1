namespace MLNet.Pretrain.Benchmarks;

/// <summary>A text.</summary>
internal sealed class EngineBenchmarkRow
{
    public string Text { get; set; } = "";
}
