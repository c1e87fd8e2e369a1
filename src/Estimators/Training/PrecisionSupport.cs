using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Chooses the arithmetic that a device has units for.</summary>
internal static class PrecisionSupport
{
    /// <summary>Whether this processor multiplies in bfloat16; without that it is imitated, many times slower than float32.</summary>
    public static bool ProcessorHasBFloat16 { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & Avx512BFloat16) != 0;

    // Bit 5 of EAX, leaf 7, sub-leaf 1 (Intel SDM, volume 2A, CPUID).
    private const int Avx512BFloat16 = 1 << 5;

    /// <summary><see cref="TrainingPrecision.Auto"/> made definite; others as they are.</summary>
    public static TrainingPrecision Resolve(TrainingPrecision precision, Device device)
    {
        if (precision != TrainingPrecision.Auto) return precision;
        return device.type != DeviceType.CPU || ProcessorHasBFloat16 ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;
    }
}
