using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>How a kernel that counts in float32 reads and writes the numbers of a row.</summary>
internal unsafe interface INumberFormat
{
    static abstract ScalarType Type { get; }

    static abstract int Size { get; }

    /// <summary>Sixteen numbers from an index on.</summary>
    static abstract Vector512<float> Load(void* row, nint index);

    static abstract void Store(void* row, nint index, Vector512<float> values);

    static abstract float Get(void* row, nint index);

    static abstract void Set(void* row, nint index, float value);
}

/// <summary>32-bit floating point.</summary>
internal readonly unsafe struct Float32Format : INumberFormat
{
    public static ScalarType Type => ScalarType.Float32;

    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* row, nint index) => Vector512.Load((float*)row + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* row, nint index, Vector512<float> values) => values.Store((float*)row + index);

    public static float Get(void* row, nint index) => ((float*)row)[index];

    public static void Set(void* row, nint index, float value) => ((float*)row)[index] = value;
}

/// <summary>bfloat16: the upper half of a float32, rounded to the nearest, ties to even. Needs AVX-512.</summary>
internal readonly unsafe struct BFloat16Format : INumberFormat
{
    public static ScalarType Type => ScalarType.BFloat16;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* row, nint index) => (Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)row + index)) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* row, nint index, Vector512<float> values)
    {
        Vector512<uint> bits = values.AsUInt32();
        Vector512<uint> rounded = bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        Avx512F.ConvertToVector256UInt16(rounded >> 16).Store((ushort*)row + index);
    }

    public static float Get(void* row, nint index) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[index] << 16);

    public static void Set(void* row, nint index, float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)row)[index] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
