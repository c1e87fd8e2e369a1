using MLNet.Pretrain.Benchmarks;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>A test of the most memory that the process has had: skips where the system does not tell it.</summary>
internal sealed class PeakMemoryTheoryAttribute : TheoryAttribute
{
    public PeakMemoryTheoryAttribute() => Skip = double.IsNaN(PeakMemory.Restart()) ? "the system does not count a process's highest resident memory anew" : null;
}
