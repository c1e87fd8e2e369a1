using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014), with masks drawn by vectors of random numbers where the tensor is in the processor's memory:
/// libtorch draws one number a value on one thread there, which is a tenth of a small encoder's training step.
/// </summary>
/// <param name="probability">Part of the values that become 0, in [0, 1).</param>
internal sealed class FastDropout(double probability) : nn.Module<Tensor, Tensor>(nameof(FastDropout))
{
    public override Tensor forward(Tensor x) => Apply(x, probability, training);

    /// <summary>Values of <paramref name="x"/> become 0 with the probability, else grow to keep the mean. The mask follows from libtorch's random state.</summary>
    public static Tensor Apply(Tensor x, double probability, bool training)
    {
        if (!training || probability == 0) return x.alias();
        if (x.device_type != DeviceType.CPU || x.dtype is not (ScalarType.Float32 or ScalarType.BFloat16)) return nn.functional.dropout(x, probability, training);
        return x * Mask(x.shape, x.dtype, probability);
    }

    /// <summary>Zeros with the probability, else 1 / (1 - probability).</summary>
    internal static Tensor Mask(long[] shape, ScalarType type, double probability)
    {
        Tensor mask = empty(shape, type);
        using Tensor seed = randint(0, long.MaxValue, [1], int64);
        // The probability in steps of 1/65536.
        var threshold = (ushort)Math.Min(Math.Round(probability * 65536), ushort.MaxValue);
        var random = new RandomVectors((ulong)seed.item<long>());
        float kept = (float)(1 / (1 - probability));
        if (type == ScalarType.BFloat16)
        {
            using Tensor rounded = tensor(kept).to(ScalarType.BFloat16);
            Fill(MemoryMarshal.Cast<byte, ushort>(mask.bytes), threshold, MemoryMarshal.Read<ushort>(rounded.bytes), ref random);
        }
        else
        {
            Fill(MemoryMarshal.Cast<byte, uint>(mask.bytes), threshold, BitConverter.SingleToUInt32Bits(kept), ref random);
        }
        return mask;
    }

    private static void Fill(Span<ushort> mask, ushort threshold, ushort kept, ref RandomVectors random)
    {
        (Vector512<ushort> limit, Vector512<ushort> value) = (Vector512.Create(threshold), Vector512.Create(kept));
        int at = 0;
        for (; at + Vector512<ushort>.Count <= mask.Length; at += Vector512<ushort>.Count)
            (Vector512.GreaterThanOrEqual(random.Next().AsUInt16(), limit) & value).StoreUnsafe(ref mask[at]);
        Vector512<ushort> rest = Vector512.GreaterThanOrEqual(random.Next().AsUInt16(), limit) & value;
        for (int i = 0; at < mask.Length; at++, i++) mask[at] = rest[i];
    }

    private static void Fill(Span<uint> mask, ushort threshold, uint kept, ref RandomVectors random)
    {
        (Vector512<uint> limit, Vector512<uint> value) = (Vector512.Create((uint)threshold), Vector512.Create(kept));
        int at = 0;
        for (; at + 2 * Vector512<uint>.Count <= mask.Length; at += 2 * Vector512<uint>.Count)
        {
            (Vector512<uint> low, Vector512<uint> high) = Vector512.Widen(random.Next().AsUInt16());
            (Vector512.GreaterThanOrEqual(low, limit) & value).StoreUnsafe(ref mask[at]);
            (Vector512.GreaterThanOrEqual(high, limit) & value).StoreUnsafe(ref mask[at + Vector512<uint>.Count]);
        }
        Vector512<ushort> rest = random.Next().AsUInt16();
        for (int i = 0; at < mask.Length; at++, i++) mask[at] = rest[i] >= threshold ? kept : 0;
    }

    /// <summary>Eight independent xoshiro256++ generators (Blackman and Vigna 2021), one a lane, seeded by SplitMix64.</summary>
    private struct RandomVectors
    {
        private Vector512<ulong> _a, _b, _c, _d;

        public RandomVectors(ulong seed)
        {
            _a = Lanes(ref seed);
            _b = Lanes(ref seed);
            _c = Lanes(ref seed);
            _d = Lanes(ref seed);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<ulong> Next()
        {
            Vector512<ulong> result = Rotate(_a + _d, 23) + _a, shifted = _b << 17;
            _c ^= _a;
            _d ^= _b;
            _b ^= _c;
            _a ^= _d;
            _c ^= shifted;
            _d = Rotate(_d, 45);
            return result;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<ulong> Rotate(Vector512<ulong> value, int bits) => (value << bits) | (value >>> (64 - bits));

        private static Vector512<ulong> Lanes(ref ulong seed)
        {
            Span<ulong> lanes = stackalloc ulong[Vector512<ulong>.Count];
            foreach (ref ulong lane in lanes)
            {
                seed += 0x9E3779B97F4A7C15;
                ulong mixed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
                lane = mixed ^ (mixed >> 31);
            }
            return Vector512.Create<ulong>(lanes);
        }
    }
}
