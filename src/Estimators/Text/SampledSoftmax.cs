using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Cross-entropy over a sample of a large vocabulary: each right word against words drawn at random, which a batch shares, the draw's own probability
/// taken out (Jean et al. 2015).
/// </summary>
/// <param name="counts">Occurrences by id.</param>
/// <param name="size">Words drawn for a batch, 1 or more.</param>
internal sealed class SampledSoftmax(long[] counts, int size) : IDisposable
{
    // In proportion to count^0.75, as word2vec's negatives: rare words are seen often enough to be pushed away.
    private readonly Tensor _proposal = Proposal(counts).DetachFromDisposeScope();

    /// <summary>The mean loss, a scalar in 32 bits.</summary>
    /// <param name="targets">The right words, [N] int64.</param>
    /// <param name="logitsOf">Makes, of the words drawn, [S], the logits [N, 1 + S]: each row's right word first.</param>
    public Tensor Loss(Tensor targets, Func<Tensor, Tensor> logitsOf)
    {
        Tensor proposal = _proposal.to(targets.device);
        Tensor candidates = proposal.multinomial(size, replacement: true);
        Tensor logits = logitsOf(candidates).to(float32);
        // Less the log of how often a word is drawn; a drawn word that is the right one does not count against itself.
        Tensor ownDrawn = (proposal.index_select(0, targets) * size).log().unsqueeze(1), othersDrawn = (proposal.index_select(0, candidates) * size).log().unsqueeze(0);
        Tensor corrected = logits - cat([ownDrawn, othersDrawn.expand(targets.shape[0], -1)], 1);
        Tensor hits = candidates.unsqueeze(0).eq(targets.unsqueeze(1));
        Tensor masked = corrected.masked_fill(cat([zeros_like(targets).unsqueeze(1).to(@bool), hits], 1), -1e9f);
        return nn.functional.cross_entropy(masked, zeros_like(targets));
    }

    public void Dispose() => _proposal.Dispose();

    private static Tensor Proposal(long[] counts)
    {
        double[] weights = [.. counts.Select(count => Math.Pow(Math.Max(count, 1), 0.75))];
        double sum = weights.Sum();
        return tensor(weights.Select(w => (float)(w / sum)).ToArray());
    }
}
