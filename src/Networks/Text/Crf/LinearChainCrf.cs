using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A linear-chain conditional random field (Lafferty et al. 2001) over given emissions: a sequence of tags scores the sum of its emissions, of a weight for
/// each step from tag to tag, and of weights for its first and last tag. Places that a mask leaves out are skipped, wherever they stand. Everything is
/// computed on the processor in 32 bits or more, whatever the emissions' type and device.
/// </summary>
public sealed class LinearChainCrf : nn.Module
{
    // What pytorch-crf begins with.
    private const double InitialRange = 0.1;

    private readonly Parameter start_transitions, end_transitions, transitions;

    /// <summary>Builds the layer with weights from -0.1 to 0.1.</summary>
    /// <param name="tagCount">Tags, 1 or more.</param>
    /// <param name="seed">Seed of the weights; null = 0.</param>
    public LinearChainCrf(int tagCount, long? seed = null) : base(nameof(LinearChainCrf))
    {
        if (tagCount < 1) throw new ArgumentException($"tagCount is {tagCount}; expected 1 or more.", nameof(tagCount));
        TagCount = tagCount;
        using var construction = new ConstructionScope();
        start_transitions = new Parameter(UnsetWeights.Of(tagCount));
        end_transitions = new Parameter(UnsetWeights.Of(tagCount));
        transitions = new Parameter(UnsetWeights.Of(tagCount, tagCount));
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Draw((seed ?? 0) + 4, generator =>
        {
            foreach (Parameter weights in (Parameter[])[start_transitions, end_transitions, transitions]) weights.copy_(rand(weights.shape, generator: generator).ScaleBy(2 * InitialRange).ShiftBy(-InitialRange));
        });
    }

    /// <summary>Tags, K.</summary>
    public int TagCount { get; }

    /// <summary>-log p(tags | emissions) of each row. Its gradients reach the emissions and the weights.</summary>
    /// <param name="emissions">[B, W, K]</param>
    /// <param name="tags">[B, W] int64, in [0, K) at real places; anything elsewhere.</param>
    /// <param name="mask">[B, W], 1 or true = real; null = all are.</param>
    /// <param name="rules">Sequences against the rules get no probability, so the tags must follow them; null = every sequence counts.</param>
    /// <returns>[B] float32, the sum over a row's places; 0 for a row without a real place.</returns>
    /// <exception cref="ArgumentException">Shapes differ, a tag is out of range, or tags break the rules.</exception>
    public Tensor NegativeLogLikelihood(Tensor emissions, Tensor tags, Tensor? mask, TagRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(emissions);
        ArgumentNullException.ThrowIfNull(tags);
        using DisposeScope scope = NewDisposeScope();
        var batch = new ChainBatch(emissions, mask, TagCount);
        return ChainLikelihood.Run(emissions.to(float32), transitions.to(float32), start_transitions.to(float32), end_transitions.to(float32), batch, batch.Tags(tags), Scores(rules)).MoveToOuterDisposeScope();
    }

    /// <summary>The most probable tags of each row (Viterbi 1967).</summary>
    /// <param name="emissions">[B, W, K]</param>
    /// <param name="mask">[B, W], 1 or true = real; null = all are.</param>
    /// <param name="rules">Only sequences that follow them are found; null = any.</param>
    /// <returns>B rows of tags, one a real place.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or a row has no possible sequence.</exception>
    public IReadOnlyList<int[]> Decode(Tensor emissions, Tensor? mask, TagRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(emissions);
        var batch = new ChainBatch(emissions, mask, TagCount);
        var decoder = new ViterbiDecoder(Scores(rules));
        int[][] tags = new int[batch.Rows][];
        for (int row = 0; row < batch.Rows; row++)
        {
            tags[row] = new int[batch.Places(row).Length];
            if (tags[row].Length > 0 && float.IsNegativeInfinity(decoder.Decode(batch.Emissions(row), tags[row]))) throw Impossible(row, tags[row].Length);
        }
        return tags;
    }

    /// <summary>The probability of each tag at each place, over all sequences. No gradient goes through it.</summary>
    /// <param name="emissions">[B, W, K]</param>
    /// <param name="mask">[B, W], 1 or true = real; null = all are.</param>
    /// <param name="rules">Sequences against the rules get no probability; null = every sequence counts.</param>
    /// <returns>[B, W, K] float32 on the emissions' device; 0 where the mask is.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or a row has no possible sequence.</exception>
    public Tensor Marginals(Tensor emissions, Tensor? mask, TagRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(emissions);
        var batch = new ChainBatch(emissions, mask, TagCount);
        var sums = new ForwardBackward(Scores(rules));
        float[] marginals = new float[batch.Rows * batch.Width * TagCount];
        for (int row = 0; row < batch.Rows; row++)
        {
            ReadOnlySpan<int> places = batch.Places(row);
            if (places.Length == 0) continue;
            Run(sums, batch, row);
            for (int i = 0; i < places.Length; i++)
                for (int tag = 0; tag < TagCount; tag++) marginals[(row * batch.Width + places[i]) * TagCount + tag] = (float)sums.Marginal(i, tag);
        }
        return tensor(marginals, emissions.shape, device: emissions.device);
    }

    /// <summary>The weights as numbers, under the rules.</summary>
    internal ChainScores Scores(TagRules? rules)
    {
        if (rules is not null && rules.TagCount != TagCount) throw new ArgumentException($"The rules are of {rules.TagCount} tags; expected {TagCount}, as the network has.", nameof(rules));
        return new ChainScores(ChainBatch.Floats(start_transitions), ChainBatch.Floats(transitions), ChainBatch.Floats(end_transitions), rules);
    }

    /// <summary>Both passes over a row of one place or more.</summary>
    internal static void Run(ForwardBackward sums, ChainBatch batch, int row)
    {
        sums.Forward(batch.Emissions(row));
        if (double.IsNegativeInfinity(sums.LogPartition)) throw Impossible(row, batch.Places(row).Length);
        sums.Backward(batch.Emissions(row));
    }

    private static ArgumentException Impossible(int row, int places) =>
        new($"Row {row} has no possible sequence of {places} tags: the rules forbid all of them, or emissions are minus infinity or not numbers. Expected rules that some sequence of that length follows.");
}
