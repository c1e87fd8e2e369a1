using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks;

/// <summary>
/// Arithmetic whose numbers outlive the native call. TorchSharp 0.107 reads the handle of a <see cref="Scalar"/> and lets go of the object, so that one
/// made in passing (as <c>a + b</c>, <c>x * 2</c> and <c>masked_fill</c> do) can be freed by the finalizer while libtorch still reads it: seen as
/// "Expected false to be true" in <c>Scalar.h</c>, once in many million steps. What runs in every step uses these instead.
/// </summary>
internal static class HeldScalars
{
    /// <summary>1, for ever.</summary>
    public static Scalar One { get; } = 1;

    public static Scalar MinusOne { get; } = -1;

    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    public static Tensor Minus(this Tensor a, Tensor b) => a.add(b, MinusOne);

    public static Tensor Plus(this Tensor a, Scalar b)
    {
        using (b) return a.add(b);
    }

    public static Tensor Times(this Tensor a, Scalar b)
    {
        using (b) return a.mul(b);
    }

    public static Tensor Over(this Tensor a, Scalar b)
    {
        using (b) return a.div(b);
    }

    /// <summary>1 - <paramref name="a"/>.</summary>
    public static Tensor FromOne(this Tensor a)
    {
        using Tensor negative = a.neg();
        return negative.add(One);
    }

    public static Tensor AtLeast(this Tensor a, Scalar least)
    {
        using (least) return a.clamp_min(least);
    }

    /// <summary><paramref name="value"/> where the mask is true.</summary>
    public static Tensor Masked(this Tensor a, Tensor mask, Scalar value)
    {
        using (value) return a.masked_fill(mask, value);
    }

    public static Tensor Differs(this Tensor a, Scalar value)
    {
        using (value) return a.ne(value);
    }

    /// <summary>first, first + 1, ..., end - 1.</summary>
    public static Tensor Range(long first, long end, Device device)
    {
        using Scalar from = first, to = end;
        return arange(from, to, One, int64, device);
    }
}
