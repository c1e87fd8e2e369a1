using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The likeliest tags of a row and how sure they are. One chain for all cases: without a field its transitions are 0, without rules every step is allowed, and
/// without both each word's tag is that of the highest score and its probability the softmax. Not thread safe.
/// </summary>
internal sealed class TagDecoder
{
    private readonly ViterbiDecoder _best;
    private readonly ForwardBackward _sums;
    private readonly int _tagCount;

    /// <param name="network">Whose field is used where it has one; its weights are copied.</param>
    /// <param name="rules">Null = none.</param>
    public TagDecoder(TokenClassifier network, TagRules? rules)
    {
        _tagCount = network.TagCount;
        ChainScores scores = network.Crf?.Scores(rules) ?? new(new float[_tagCount], new float[_tagCount * _tagCount], new float[_tagCount], rules);
        (_best, _sums) = (new(scores), new(scores));
    }

    /// <summary>Decodes the words of one row.</summary>
    /// <param name="emissions">N x K</param>
    /// <param name="tags">N, filled.</param>
    /// <param name="probabilities">N, filled: of each word's tag, over all sequences that are allowed. Empty = not wanted.</param>
    public void Decode(ReadOnlySpan<float> emissions, Span<int> tags, Span<float> probabilities)
    {
        if (tags.IsEmpty) return;
        emissions = emissions[..(tags.Length * _tagCount)];
        _best.Decode(emissions, tags);
        if (probabilities.IsEmpty) return;
        _sums.Forward(emissions);
        _sums.Backward(emissions);
        for (int i = 0; i < tags.Length; i++) probabilities[i] = (float)_sums.Marginal(i, tags[i]);
    }
}
