using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// The negative log-likelihood of a linear chain with its gradients written out: what is expected minus what is there. One pass over numbers on the
/// processor instead of a dozen small operations a step, forward and backward.
/// </summary>
internal sealed class ChainLikelihood : autograd.SingleTensorFunction<ChainLikelihood>
{
    public override string Name => nameof(ChainLikelihood);

    /// <summary>The loss of each row, [B] in 32 bits; 0 for a row without a real place.</summary>
    /// <param name="emissions">[B, W, K] float32</param>
    /// <param name="transitions">[K, K] float32</param>
    /// <param name="starts">[K] float32</param>
    /// <param name="ends">[K] float32</param>
    /// <param name="batch">The same emissions as numbers.</param>
    /// <param name="tags">Of each row those at its real places.</param>
    /// <param name="scores">The same weights as numbers.</param>
    public static Tensor Run(Tensor emissions, Tensor transitions, Tensor starts, Tensor ends, ChainBatch batch, int[][] tags, ChainScores scores) => is_grad_enabled()
        ? apply(emissions, transitions, starts, ends, batch, tags, scores)
        : tensor(Losses(batch, tags, scores, null), device: emissions.device);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Device device, var batch, var tags, var scores) = (((Tensor)vars[0]).device, (ChainBatch)vars[4], (int[][])vars[5], (ChainScores)vars[6]);
        var gradients = new Gradients(batch);
        float[] losses = Losses(batch, tags, scores, gradients);
        (long rows, long count) = (batch.Rows, batch.TagCount);
        // Saved once this returns, so they die in the caller's scope.
        ctx.save_for_backward(
        [
            tensor(gradients.Emissions, [rows, batch.Width, count], device: device), tensor(gradients.Transitions, [rows, count, count], device: device),
            tensor(gradients.Starts, [rows, count], device: device), tensor(gradients.Ends, [rows, count], device: device),
        ]);
        return tensor(losses, device: device);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor ofRow = gradient.view(-1, 1), emissions = saved[0] * ofRow.unsqueeze(2);
        Tensor transitions = (saved[1] * ofRow.unsqueeze(2)).sum([0]), starts = (saved[2] * ofRow).sum([0]), ends = (saved[3] * ofRow).sum([0]);
        return BackwardResults.Give([emissions, transitions, starts, ends, null!, null!, null!], gradient);
    }

    private static float[] Losses(ChainBatch batch, int[][] tags, ChainScores scores, Gradients? gradients)
    {
        var sums = new ForwardBackward(scores);
        float[] losses = new float[batch.Rows];
        for (int row = 0; row < batch.Rows; row++)
        {
            if (tags[row].Length == 0) continue;
            ReadOnlySpan<float> emissions = batch.Emissions(row);
            double score = scores.Of(emissions, tags[row]);
            if (double.IsNegativeInfinity(score))
                throw new ArgumentException($"The tags of row {row} ({string.Join(", ", tags[row])}) are impossible: the rules forbid a step or an emission is minus infinity. Correct the tags, or train without the rules.");
            sums.Forward(emissions);
            losses[row] = (float)(sums.LogPartition - score);
            if (gradients is null) continue;
            sums.Backward(emissions);
            gradients.Add(row, batch.Places(row), tags[row], sums);
        }
        return losses;
    }

    /// <summary>d loss / d each number, of every row.</summary>
    private sealed class Gradients(ChainBatch batch)
    {
        private readonly int _tags = batch.TagCount;

        public float[] Emissions { get; } = new float[batch.Rows * batch.Width * batch.TagCount];

        public float[] Transitions { get; } = new float[batch.Rows * batch.TagCount * batch.TagCount];

        public float[] Starts { get; } = new float[batch.Rows * batch.TagCount];

        public float[] Ends { get; } = new float[batch.Rows * batch.TagCount];

        public void Add(int row, ReadOnlySpan<int> places, int[] tags, ForwardBackward sums)
        {
            for (int i = 0; i < tags.Length; i++)
            {
                Span<float> emissions = Emissions.AsSpan((row * batch.Width + places[i]) * _tags, _tags);
                for (int tag = 0; tag < _tags; tag++) emissions[tag] = (float)(sums.Marginal(i, tag) - (tag == tags[i] ? 1 : 0));
                if (i == 0) emissions.CopyTo(Starts.AsSpan(row * _tags));
                if (i == tags.Length - 1) emissions.CopyTo(Ends.AsSpan(row * _tags));
            }
            double[] counts = sums.TransitionCounts;
            for (int i = 1; i < tags.Length; i++) counts[tags[i - 1] * _tags + tags[i]]--;
            for (int i = 0; i < counts.Length; i++) Transitions[row * counts.Length + i] = (float)counts[i];
        }
    }
}
