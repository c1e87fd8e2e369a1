using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Cross-entropy over a sample of a large vocabulary: each right word against different words drawn at random, which a batch shares; each logit less the log of
/// how likely its word is among the drawn (Jean et al. 2015). A sample of the whole vocabulary gives the whole softmax.
/// </summary>
internal sealed class SampledSoftmax : IDisposable
{
    private readonly int _size;
    private Tensor _proposal, _logInclusion;   // [V], where the last targets were

    /// <param name="counts">Occurrences by id.</param>
    /// <param name="size">Words drawn for a batch, 1 to all.</param>
    public SampledSoftmax(long[] counts, int size)
    {
        _size = Math.Min(size, counts.Length);
        // In proportion to count^0.75, as word2vec's negatives: rare words are seen often enough to be pushed away.
        double[] weights = [.. counts.Select(count => Math.Pow(Math.Max(count, 1), 0.75))];
        double sum = weights.Sum();
        _proposal = tensor(weights.Select(w => (float)(w / sum)).ToArray()).DetachFromDisposeScope();
        _logInclusion = tensor(LogInclusion(weights, _size)).DetachFromDisposeScope();
    }

    /// <summary>The mean loss, a scalar in 32 bits.</summary>
    /// <param name="targets">The right words, [N] int64.</param>
    /// <param name="logitsOf">Makes, of the words drawn, [S], the logits [N, 1 + S]: each row's right word first.</param>
    public Tensor Loss(Tensor targets, Func<Tensor, Tensor> logitsOf)
    {
        Place(targets.device);
        Tensor candidates = Draw();
        Tensor logits = logitsOf(candidates).to(float32);
        Tensor own = logits.select(1, 0).Minus(_logInclusion.index_select(0, targets)), others = logits.narrow(1, 1, _size).Minus(_logInclusion.index_select(0, candidates));
        // A drawn word that is the right one does not count against itself.
        others = others.Masked(candidates.unsqueeze(0).eq(targets.unsqueeze(1)), -1e9f);
        return own.logaddexp(others.logsumexp(1)).Minus(own).mean();
    }

    /// <summary>Bytes that the loss takes with its backward pass.</summary>
    /// <param name="predictions">N</param>
    /// <param name="features">Numbers of what predicts.</param>
    /// <param name="conditions">How the network learns.</param>
    public double Bytes(double predictions, double features, ActivationConditions conditions) =>
        conditions.Bytes(3, predictions * _size) + conditions.ExactBytes(6, predictions * _size) + conditions.Bytes(4, predictions * features);

    public void Dispose()
    {
        _proposal.Dispose();
        _logInclusion.Dispose();
    }

    // What multinomial draws, without its look at the probabilities, for which it waits for an accelerator.
    private Tensor Draw() => _proposal.div(empty_like(_proposal).exponential_()).topk(_size).indexes;

    private void Place(Device device)
    {
        if (_proposal.device_type == device.type && _proposal.device_index == device.index) return;
        using DisposeScope scope = NewDisposeScope();
        (Tensor proposal, Tensor logInclusion) = (_proposal.to(device).DetachFromDisposeScope(), _logInclusion.to(device).DetachFromDisposeScope());
        Dispose();
        (_proposal, _logInclusion) = (proposal, logInclusion);
    }

    // Drawing without replacement is a race of exponential clocks: word i is in once its clock, of rate w_i, has rung by the time that lets in as many
    // words as wanted, so with probability 1 - exp(-w_i time).
    private static float[] LogInclusion(double[] weights, int size)
    {
        if (size >= weights.Length) return new float[weights.Length];
        (double low, double high) = (0, 1 / weights.Max());
        while (Expected(high) < size) high *= 2;
        for (int i = 0; i < 100; i++)
        {
            double middle = (low + high) / 2;
            if (Expected(middle) < size) low = middle;
            else high = middle;
        }
        return [.. weights.Select(w => (float)Math.Log(-double.ExpM1(-w * high)))];

        double Expected(double time) => weights.Sum(w => -double.ExpM1(-w * time));
    }
}
