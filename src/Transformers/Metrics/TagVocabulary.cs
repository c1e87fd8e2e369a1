namespace MLNet.Pretrain.Metrics;

/// <summary>The tags that a sequence labeller tells apart, each with its number: its place in the list.</summary>
public sealed class TagVocabulary
{
    private readonly Dictionary<string, int> _ids = [];

    /// <summary>Takes the tags as they are, as from a checkpoint's label list.</summary>
    /// <param name="tags">Different tags of the scheme, <c>O</c> and those of one type at least.</param>
    /// <param name="scheme">Their scheme.</param>
    /// <exception cref="ArgumentException">A tag is none of the scheme or there twice, or one of those expected is missing.</exception>
    public TagVocabulary(IEnumerable<string> tags, TagScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(tags);
        TagSequence.CheckScheme(scheme);
        Scheme = scheme;
        Tags = [.. tags];
        for (int i = 0; i < Tags.Count; i++)
        {
            if (Tag.Parse(Tags[i], scheme) is null) throw new ArgumentException($"Tag {i} is '{Tags[i]}'; expected {Tag.Expected(scheme)}.");
            if (!_ids.TryAdd(Tags[i], i)) throw new ArgumentException($"Tag {i} is '{Tags[i]}', as tag {_ids[Tags[i]]} is; expected different tags.");
        }
        Types = [.. Tags.Where(tag => tag != "O").Select(tag => tag[2..]).Distinct()];
        if (!_ids.ContainsKey("O") || Types.Count == 0) throw new ArgumentException($"The tags are '{string.Join("', '", Tags)}'; expected O and those of one type at least.");
    }

    /// <summary>The tags' scheme.</summary>
    public TagScheme Scheme { get; }

    /// <summary>The tags, by number.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Types of entities, in the order of their first tags.</summary>
    public IReadOnlyList<string> Types { get; }

    /// <summary>All tags of some types: <c>O</c>, then each type's <c>B-</c> and <c>I-</c>, under BIOES its <c>E-</c> and <c>S-</c> as well.</summary>
    /// <param name="types">Different types, such as <c>PER</c>, one at least.</param>
    /// <param name="scheme">The scheme.</param>
    /// <exception cref="ArgumentException">A type is empty or there twice, or there is none.</exception>
    public static TagVocabulary OfTypes(IEnumerable<string> types, TagScheme scheme) =>
        new(["O", .. types.SelectMany(type => (scheme == TagScheme.Bio ? "BI" : "BIES").Select(prefix => $"{prefix}-{type}"))], scheme);

    /// <summary>The tags of the same types in another scheme; these very ones where it is the same.</summary>
    /// <param name="scheme">The other scheme.</param>
    public TagVocabulary To(TagScheme scheme) => scheme == Scheme ? this : OfTypes(Types, scheme);

    /// <summary>The numbers of a row's tags.</summary>
    /// <param name="tags">One tag a token.</param>
    /// <param name="row">Number of the row, for the message of an error.</param>
    /// <exception cref="FormatException">A tag is not in the vocabulary.</exception>
    public int[] ToIds(IReadOnlyList<string> tags, long? row = null)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var ids = new int[tags.Count];
        for (int i = 0; i < ids.Length; i++)
        {
            if (tags[i] is not { } tag || !_ids.TryGetValue(tag, out ids[i]))
                throw new FormatException($"{TagSequence.Place(i, row)} has the tag '{tags[i]}'; expected one of '{string.Join("', '", Tags)}'.");
        }
        return ids;
    }
}
