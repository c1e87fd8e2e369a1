namespace MLNet.Pretrain.Benchmarks;

/// <summary>A text's vector.</summary>
internal sealed class EngineBenchmarkVector
{
    public float[] Vector { get; set; } = [];
}
