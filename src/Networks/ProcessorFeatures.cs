using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks;

/// <summary>What the hardware has units for.</summary>
internal static class ProcessorFeatures
{
    // Bit 5 of EAX, leaf 7, sub-leaf 1 (Intel SDM, volume 2A, CPUID).
    private const int Avx512BFloat16 = 1 << 5;

    /// <summary>Whether this processor multiplies in bfloat16; without that it is imitated, many times slower than float32.</summary>
    public static bool HasBFloat16 { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & Avx512BFloat16) != 0;

    // Bit 11 of ECX, leaf 7, sub-leaf 0.
    private const int Avx512Vnni = 1 << 11;

    /// <summary>Whether this processor has the vectors of 512 bits that our own kernels are written for.</summary>
    public static bool HasWideVectors { get; } = Avx512F.IsSupported && Avx512BW.IsSupported;

    /// <summary>Whether it multiplies 8-bit numbers four at a time; without that sums of products can overflow.</summary>
    public static bool HasInt8Products { get; } = HasWideVectors && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx & Avx512Vnni) != 0;

    /// <summary>The type that an automatic choice of arithmetic comes to: bfloat16 on a GPU and on a processor that has it.</summary>
    public static ScalarType FastestType(Device device) => device.type != DeviceType.CPU || HasBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
}
