namespace MLNet.Pretrain.Benchmarks;

/// <summary>What is measured.</summary>
internal enum EngineBenchmarkPart
{
    /// <summary>Tokens through the network, 32 rows of 128 without padding.</summary>
    Batch,

    /// <summary>Real texts to vectors.</summary>
    Text,

    /// <summary>One text at a time.</summary>
    Latency,

    /// <summary>Rows a second and memory of ever more rows.</summary>
    Growth,
}
