namespace MLNet.Pretrain.Checkpoints;

/// <summary>How a saved model keeps its weights. They are of 32 bits once it is loaded, in every case, until it scores in another precision; a checkpoint (<c>SaveCheckpoint</c>) is plain whatever is chosen here.</summary>
public enum WeightStorage
{
    /// <summary>32 bits: nothing is lost.</summary>
    Float32,

    /// <summary>bfloat16, half the size: 8 bits of precision, the range of Float32.</summary>
    BFloat16,

    /// <summary>
    /// Matrices as 8-bit whole numbers with a scale a row, which is an output channel of a layer (GPT-2's are stored transposed: an input channel) and a word of an embedding, a quarter of the size (symmetric, as in Jacob et al. 2018, and by
    /// rows, as in Dettmers et al. 2022); vectors in 32 bits. No weight is off by more than half of its row's scale, which is the row's largest magnitude, as bfloat16 has it, over 127.
    /// Rounding again changes nothing. What scores in another precision than Float32 rounds to bfloat16 first, which may move a weight by another quarter of the scale: so it saves the same whether
    /// it has scored or not.
    /// </summary>
    Int8,
}
