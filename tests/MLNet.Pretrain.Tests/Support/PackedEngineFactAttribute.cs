using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Engine;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>A test of the packed engine: skips where the processor or libtorch lacks what it stands on.</summary>
internal sealed class PackedEngineFactAttribute : FactAttribute
{
    /// <param name="needsAll">Whether bfloat16 and 8 bits are tested, too; else float32 alone, and what else there is.</param>
    public PackedEngineFactAttribute(bool needsAll = false) => Skip = Missing(needsAll);

    /// <summary>Why there is no packed engine here; null where there is one.</summary>
    public static string? Missing(bool needsAll)
    {
        if (!ProcessorFeatures.HasWideVectors) return "the processor has no AVX-512";
        if (needsAll && !(ProcessorFeatures.HasBFloat16 && ProcessorFeatures.HasInt8Products)) return "the processor has no AVX512-BF16 and AVX512-VNNI";
        TorchRuntime.EnsureLoaded();
        return TorchAbi.Missing;
    }
}
