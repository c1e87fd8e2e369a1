using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Rows of different length read from their own ends, so that filler stands last in both directions.</summary>
internal static class ReadingOrder
{
    /// <summary>Where each place of a row stands when the row is read from its end; filler stays where it is.</summary>
    /// <param name="lengths">[B] int64</param>
    /// <param name="steps">T</param>
    /// <returns>[T, B, 1]</returns>
    public static Tensor FromTheEnd(Tensor lengths, long steps)
    {
        Tensor place = HeldScalars.Range(0, steps, lengths.device).unsqueeze(1), length = lengths.unsqueeze(0);
        return where(place.lt(length), length.Plus(-1).Minus(place), place).unsqueeze(-1);
    }

    /// <summary>Steps [T, B, X] in the other order; its own inverse.</summary>
    /// <param name="steps">[T, B, X]</param>
    /// <param name="order">Of <see cref="FromTheEnd"/>; null = every row has T steps.</param>
    public static Tensor Reverse(Tensor steps, Tensor? order) => order is null ? steps.flip(0) : steps.gather(0, order.expand(-1, -1, steps.shape[2]));
}
