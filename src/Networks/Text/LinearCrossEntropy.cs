using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// The cross-entropy of a linear layer over a whole vocabulary without its logits: they are made a few rows at a time, give their part of the loss and of the
/// gradients, and are gone. Rows x vocabulary numbers never exist together, which for small networks is most of a step's memory and of its time.
/// </summary>
internal static class LinearCrossEntropy
{
    /// <summary>The mean over the rows of -log softmax(features weight' + bias)[target], a scalar in 32 bits that can be differentiated once.</summary>
    /// <param name="features">[N, H], N of 1 or more</param>
    /// <param name="weight">[V, H]</param>
    /// <param name="bias">[V], or null.</param>
    /// <param name="targets">[N] int64</param>
    public static Tensor Mean(Tensor features, Tensor weight, Tensor? bias, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Gradients g;
        using (no_grad()) g = Compute(features.detach(), weight.detach(), bias?.detach(), targets);
        if (!is_grad_enabled()) return g.Loss.MoveToOuterDisposeScope();
        // A function whose gradients are those computed, and whose value is then put right.
        Tensor surrogate = (features * g.Features).sum(float32).Plus((weight * g.Weight).sum(float32));
        if (bias is not null) surrogate = surrogate.Plus((bias * g.Bias!).sum(float32));
        return surrogate.Plus(g.Loss.Minus(surrogate.detach())).MoveToOuterDisposeScope();
    }

    /// <summary>The sum over the rows of -log softmax(features weight' + bias)[target], without gradients.</summary>
    /// <param name="features">[N, H]</param>
    /// <param name="weight">[V, H]</param>
    /// <param name="bias">[V], or null.</param>
    /// <param name="targets">[N] int64; rows of -100 are passed over.</param>
    public static double Sum(Tensor features, Tensor weight, Tensor? bias, Tensor targets)
    {
        using IDisposable _ = no_grad();
        using DisposeScope all = NewDisposeScope();
        Tensor sum = zeros(1, float64, weight.device);
        long atOnce = RowsAtOnce(weight);
        for (long first = 0; first < features.shape[0]; first += atOnce)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(atOnce, features.shape[0] - first);
            Tensor logits = nn.functional.linear(features.narrow(0, first, count), weight, bias).to(float32);
            sum.add_(nn.functional.cross_entropy(logits, targets.narrow(0, first, count), reduction: nn.Reduction.Sum), HeldScalars.One);
        }
        return sum.item<double>();
    }

    /// <summary>Rows whose logits are made at once, one at least.</summary>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="device">Where they are made.</param>
    public static long RowsAtOnce(long vocabulary, DeviceType device) => Math.Max(1, LogitsAtOnce(device == DeviceType.CPU) / vocabulary);

    /// <summary>Bytes that <see cref="Mean"/> takes with its backward pass.</summary>
    /// <param name="rows">N</param>
    /// <param name="vocabulary">V</param>
    /// <param name="size">H</param>
    /// <param name="conditions">How the layer learns.</param>
    public static double Bytes(double rows, double vocabulary, double size, ActivationConditions conditions)
    {
        double logits = Math.Min(rows * vocabulary, Math.Max(LogitsAtOnce(conditions.OnProcessor), vocabulary));
        return conditions.Bytes(2, logits) + conditions.ExactBytes(2, logits) + conditions.Bytes(4, rows * size) + conditions.ExactBytes(3, vocabulary * size);
    }

    private static Gradients Compute(Tensor features, Tensor weight, Tensor? bias, Tensor targets)
    {
        (long rows, long atOnce) = (features.shape[0], RowsAtOnce(weight));
        Tensor loss = zeros(1, device: features.device), ofFeatures = empty_like(features), ofWeight = zeros_like(weight, dtype: float32);
        Tensor? ofBias = bias is null ? null : zeros_like(bias, dtype: float32);
        using Scalar share = HeldScalars.Of(1.0 / rows);
        for (long first = 0; first < rows; first += atOnce)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(atOnce, rows - first);
            Tensor some = features.narrow(0, first, count), wanted = targets.narrow(0, first, count).unsqueeze(1);
            Tensor logits = nn.functional.linear(some, weight, bias).to(float32);
            Tensor normalizer = logits.logsumexp(1, keepdim: true);
            loss.add_(normalizer.Minus(logits.gather(1, wanted)).sum(), HeldScalars.One);
            // softmax - 1 at the target, of the mean
            Tensor gradient = logits.add_(normalizer, HeldScalars.MinusOne).exp_();
            gradient.scatter_add_(1, wanted, ones_like(wanted, dtype: float32).neg_());
            gradient.mul_(share);
            ofBias?.add_(gradient.sum([0L]), HeldScalars.One);
            Tensor same = gradient.to(features.dtype);
            ofFeatures.narrow(0, first, count).copy_(same.matmul(weight));
            ofWeight.add_(same.t().matmul(some), HeldScalars.One);
        }
        return new(loss.mul_(share).squeeze(), ofFeatures, ofWeight, ofBias);
    }

    // 16 MB in 32 bits: what the allocator hands out again instead of asking the system for fresh pages. An accelerator, whose allocator always does, is idle between pieces so small.
    private static long LogitsAtOnce(bool onProcessor) => onProcessor ? 1 << 22 : 1 << 25;

    private static long RowsAtOnce(Tensor weight) => RowsAtOnce(weight.shape[0], weight.device_type);

    private readonly record struct Gradients(Tensor Loss, Tensor Features, Tensor Weight, Tensor? Bias);
}
