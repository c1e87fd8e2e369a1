namespace MLNet.Pretrain.Training;

/// <summary>Arithmetic of training.</summary>
public enum TrainingPrecision
{
    /// <summary>32-bit floating point: the reference, and the only one in which a resumed run is bit-equal to an uninterrupted one on every device.</summary>
    Float32,

    /// <summary>
    /// bfloat16 weights and activations with 32-bit master weights in the optimizer: up to 2.5 times as fast where the processor or GPU has
    /// bf16 units (Micikevicius et al. 2017 for master weights; Kalamkar et al. 2019 for bfloat16 without loss scaling).
    /// </summary>
    BFloat16,

    /// <summary><see cref="BFloat16"/> on a GPU and on a processor with bf16 instructions (AVX512_BF16), else <see cref="Float32"/>.</summary>
    Auto,
}
