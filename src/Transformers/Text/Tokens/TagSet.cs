using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>The tags that a network tells apart, and what they say.</summary>
internal sealed class TagSet
{
    /// <param name="tags">In the order of the network's outputs.</param>
    /// <param name="scheme">The scheme that tags are given in; null = they say nothing of entities.</param>
    /// <param name="trainedAs">The scheme of <paramref name="tags"/>; null exactly where the other is.</param>
    /// <exception cref="ArgumentException">A tag is none of the scheme or there twice.</exception>
    public TagSet(IReadOnlyList<string> tags, TagScheme? scheme, TagScheme? trainedAs)
    {
        (Tags, Scheme, TrainedAs) = (tags, scheme, trainedAs);
        if (trainedAs is { } known) _ = new TagVocabulary(tags, known);
    }

    public IReadOnlyList<string> Tags { get; }

    public TagScheme? Scheme { get; }

    public TagScheme? TrainedAs { get; }

    /// <summary>Which of the tags may follow which; null without a scheme.</summary>
    public TagRules? Rules()
    {
        if (TrainedAs is not { } scheme) return null;
        Tag[] tags = [.. Tags.Select(tag => Tag.Parse(tag, scheme)!.Value)];
        var transitions = new bool[tags.Length, tags.Length];
        for (int from = 0; from < tags.Length; from++)
            for (int to = 0; to < tags.Length; to++) transitions[from, to] = tags[to].MayFollow(tags[from], scheme);
        return new TagRules(transitions, [.. tags.Select(tag => tag.MayFollow(Tag.Outside, scheme))], [.. tags.Select(tag => Tag.Outside.MayFollow(tag, scheme))]);
    }

    /// <summary>The network's tags by their numbers.</summary>
    public string[] Names(ReadOnlySpan<int> tags)
    {
        var names = new string[tags.Length];
        for (int i = 0; i < names.Length; i++) names[i] = Tags[tags[i]];
        return names;
    }

    /// <summary>A row's tags in <see cref="Scheme"/>, and its entities, read as the CoNLL scorer does.</summary>
    public (string[] Tags, IReadOnlyList<TagSpan> Spans) Read(ReadOnlySpan<int> tags)
    {
        string[] names = Names(tags);
        if (Scheme is not { } scheme) return (names, []);
        IReadOnlyList<TagSpan> spans = TagSequence.ToSpans(names, TrainedAs!.Value);
        return (scheme == TrainedAs ? names : TagSequence.FromSpans(spans, names.Length, scheme), spans);
    }
}
