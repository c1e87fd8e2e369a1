namespace MLNet.Pretrain.Text;

/// <summary>Arithmetic of a network that scores.</summary>
public enum ScoringPrecision
{
    /// <summary>32-bit floating point: the reference.</summary>
    Float32,

    /// <summary>bfloat16 weights and activations: about twice as fast on processors and GPUs with bf16 units; cosine to Float32 at or above 0.999.</summary>
    BFloat16,

    /// <summary><see cref="BFloat16"/> on a GPU and on a processor with bf16 instructions (AVX512_BF16), else <see cref="Float32"/>: decided where the model scores, not where it was made. Saved weights are 32-bit.</summary>
    Auto,

    /// <summary>
    /// 8-bit products in the encoder's layers: weights rounded once with a scale an output, activations as they come with a scale a token; embeddings, attention, norms and
    /// heads in float32. Two to three times as fast as <see cref="Float32"/> on a processor with AVX512-VNNI, cosine to it at or above 0.999; elsewhere, and on a GPU, the same as
    /// Float32. Weights stay 32-bit, in memory and saved (see <see cref="TextScoringOptions.StoredWeights"/>). For BERT-like encoders.
    /// </summary>
    Int8,
}
