using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Which keys each query may attend to.</summary>
/// <param name="Allowed">[T, S] or [B, 1, T, S] bool; null: T new positions at the start of the sequence, each with those before it, or one position with all.</param>
internal readonly record struct CausalMask(Tensor? Allowed)
{
    /// <summary>The mask of positions <paramref name="past"/> to <paramref name="past"/> + <paramref name="length"/> - 1.</summary>
    /// <param name="past">Positions in the cache.</param>
    /// <param name="length">New positions.</param>
    /// <param name="padding">Filled positions at the start of each row, [B, 1] int64; null where there are none.</param>
    /// <param name="explicitly">Whether a mask is made although the kernel knows the case.</param>
    /// <param name="device">Where.</param>
    public static CausalMask Of(long past, long length, Tensor? padding, bool explicitly, Device device)
    {
        if (padding is null && !explicitly && (past == 0 || length == 1)) return default;
        Tensor keys = HeldScalars.Range(0, past + length, device), queries = HeldScalars.Range(past, past + length, device).unsqueeze(1);
        Tensor causal = keys.unsqueeze(0).le(queries);   // [T, S]
        if (padding is null) return new(causal);
        // A filler attends to itself, so that its values stay finite: they are multiplied by 0 elsewhere, and 0 x NaN is NaN.
        Tensor real = keys.unsqueeze(0).ge(padding).unsqueeze(1);   // [B, 1, S]
        return new((causal & (real | keys.unsqueeze(0).eq(queries))).unsqueeze(1));
    }
}
