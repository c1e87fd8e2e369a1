using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>How a network learns, as far as the memory of a forward and backward pass depends on it.</summary>
/// <param name="Type">Of weights and activations.</param>
/// <param name="OnProcessor">Whether it runs on the processor, where attention is of plain products whenever the fused kernel is slow or cannot drop out.</param>
/// <param name="Recomputes">See <see cref="IRecomputing"/>.</param>
/// <param name="FrozenLayers">Lowest layers that do not learn, and keep nothing.</param>
internal readonly record struct ActivationConditions(ScalarType Type, bool OnProcessor = true, bool Recomputes = false, int FrozenLayers = 0)
{
    // glibc's heap has holes, for libtorch wants memory aligned, which a hole of just the size cannot give. Measured: up to a half more than the tensors, and more than as much again
    // where most of it comes and goes, as in layers that run twice. Who trains large tensors on the main thread has next to none. To have each tensor from the system, or to give
    // holes back after each pass, was tried and costs up to four times a step's time.
    private const double Holes = 1.6, HolesOfTwoRuns = 2.5;

    /// <summary>Bytes of a number.</summary>
    public int Size => Type == ScalarType.BFloat16 ? sizeof(short) : sizeof(float);

    /// <summary>Bytes of tensors that are there together, with the heap's holes between them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="numbers">Of each.</param>
    public double Bytes(double count, double numbers) => OfSize(count, numbers * Size);

    /// <summary>The same of numbers that have 32 bits whatever <see cref="Type"/> is.</summary>
    public double ExactBytes(double count, double numbers) => OfSize(count, numbers * sizeof(float));

    /// <summary>Bytes of a cross-entropy over a vocabulary: logits and their gradient, in 32 bits the logits again, their log-softmax and two gradients.</summary>
    public double CrossEntropyBytes(double predictions, double words) => Bytes(2, predictions * words) + ExactBytes(3, predictions * words);

    private double OfSize(double count, double bytes) => count * bytes * (!OnProcessor ? 1 : Recomputes ? HolesOfTwoRuns : Holes);
}
