using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks;

/// <summary>
/// Arithmetic whose numbers outlive the native call. TorchSharp 0.107 reads the handle of a <see cref="Scalar"/> and lets go of the object, so that one
/// made in passing (as <c>a + b</c>, <c>x * 2</c>, <c>add(s)</c> and <c>masked_fill</c> do) can be freed by the finalizer while libtorch still reads it: seen as
/// "Expected false to be true" in <c>Scalar.h</c>, once in many million steps, within seconds where garbage is collected all the time. The conversions,
/// operators and methods that make one in passing do not compile in these packages (BannedSymbols.txt); what <c>Of</c> gives is bound by <c>using</c>.
/// Whole numbers have overloads of their own, which leave tensors of whole numbers what they are; a type for both would be as good as Tensor, to which numbers convert as well.
/// </summary>
internal static class HeldScalars
{
    /// <summary>1, for ever.</summary>
    public static Scalar One { get; } = Of(1);

    public static Scalar MinusOne { get; } = Of(-1);

#pragma warning disable RS0030 // The caller holds them.
    public static Scalar Of(double value) => value;

    public static Scalar Of(long value) => value;
#pragma warning restore RS0030

    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    public static Tensor Minus(this Tensor a, Tensor b) => a.add(b, MinusOne);

    public static Tensor Plus(this Tensor a, double b)
    {
        using Scalar held = Of(b);
        return a.add(held, One);
    }

    public static Tensor Plus(this Tensor a, long b)
    {
        using Scalar held = Of(b);
        return a.add(held, One);
    }

    public static Tensor Times(this Tensor a, double b)
    {
        using Scalar held = Of(b);
        return a.mul(held);
    }

    public static Tensor Times(this Tensor a, long b)
    {
        using Scalar held = Of(b);
        return a.mul(held);
    }

    public static Tensor Over(this Tensor a, double b)
    {
        using Scalar held = Of(b);
        return a.div(held);
    }

    /// <summary>1 - <paramref name="a"/>.</summary>
    public static Tensor FromOne(this Tensor a)
    {
        using Tensor negative = a.neg();
        return negative.add(One, One);
    }

    public static Tensor AtLeast(this Tensor a, double least)
    {
        using Scalar held = Of(least);
        return a.clamp_min(held);
    }

    public static Tensor AtLeast(this Tensor a, long least)
    {
        using Scalar held = Of(least);
        return a.clamp_min(held);
    }

    public static Tensor AtMost(this Tensor a, double most)
    {
        using Scalar held = Of(most);
        return a.clamp_max(held);
    }

    public static Tensor IsLess(this Tensor a, double limit)
    {
        using Scalar held = Of(limit);
        return a.lt(held);
    }

    public static Tensor IsLess(this Tensor a, long limit)
    {
        using Scalar held = Of(limit);
        return a.lt(held);
    }

    public static Tensor Differs(this Tensor a, long value)
    {
        using Scalar held = Of(value);
        return a.ne(held);
    }

    /// <summary><paramref name="value"/> where the mask is true.</summary>
    public static Tensor Masked(this Tensor a, Tensor mask, double value)
    {
        using Scalar held = Of(value);
        return a.masked_fill(mask, held);
    }

    public static Tensor Masked(this Tensor a, Tensor mask, long value)
    {
        using Scalar held = Of(value);
        return a.masked_fill(mask, held);
    }

    /// <summary>In place: every number becomes <paramref name="value"/>.</summary>
    public static Tensor FillWith(this Tensor a, double value)
    {
        using Scalar held = Of(value);
        return a.fill_(held);
    }

    /// <summary>In place: every number times <paramref name="factor"/>.</summary>
    public static Tensor ScaleBy(this Tensor a, double factor)
    {
        using Scalar held = Of(factor);
        return a.mul_(held);
    }

    /// <summary>In place: every number plus <paramref name="offset"/>.</summary>
    public static Tensor ShiftBy(this Tensor a, double offset)
    {
        using Scalar held = Of(offset);
        return a.add_(held, One);
    }

    /// <summary>In place: every number within -<paramref name="limit"/> and <paramref name="limit"/>.</summary>
    public static Tensor ClipTo(this Tensor a, double limit)
    {
        using Scalar least = Of(-limit), most = Of(limit);
        return a.clamp_(least, most);
    }

    /// <summary>A tensor of one number over and over.</summary>
    public static Tensor Full(long[] shape, long value, ScalarType type, Device device)
    {
        using Scalar held = Of(value);
        return full(shape, held, type, device);
    }

    /// <summary>first, first + 1, ..., end - 1.</summary>
    public static Tensor Range(long first, long end, Device device)
    {
        using Scalar from = Of(first), to = Of(end);
        return arange(from, to, One, int64, device);
    }
}
