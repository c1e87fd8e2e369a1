namespace MLNet.Pretrain.Checkpoints;

/// <summary>Number format of weights on disk.</summary>
public enum WeightType
{
    /// <summary>32 bits: nothing is lost.</summary>
    Float32,

    /// <summary>IEEE half precision: 10 bits of mantissa, values up to 65504.</summary>
    Float16,

    /// <summary>bfloat16: 7 bits of mantissa, the range of Float32.</summary>
    BFloat16,
}
