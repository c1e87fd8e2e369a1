using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Numbers tags as they come: plain ones each for itself; with a scheme all tags of a new type together, so that the list is that of
/// <see cref="TagVocabulary.OfTypes"/>.
/// </summary>
internal sealed class TagNumbers
{
    private readonly TagScheme? _scheme;
    private readonly List<string> _tags = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <param name="scheme">Of the tags that are numbered; null = plain.</param>
    public TagNumbers(TagScheme? scheme)
    {
        _scheme = scheme;
        if (scheme is not null) Add("O");
    }

    /// <summary>The tags by their numbers.</summary>
    public IReadOnlyList<string> Tags => _tags;

    /// <summary>Whether no more tags are taken: what is not there is unknown.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The number of a tag that is known or may be added; null where it is unknown.</summary>
    /// <param name="tag">One of the scheme, where there is one.</param>
    public int? Of(string tag)
    {
        if (_numbers.TryGetValue(tag, out int number)) return number;
        if (IsClosed) return null;
        if (_scheme is null) Add(tag);
        else AddType(Tag.Parse(tag, _scheme.Value)!.Value.Type);
        return _numbers[tag];
    }

    /// <summary>Adds the values of a key label, in their order, whether or not rows have them.</summary>
    public void AddKeyValues(IEnumerable<string> values, TagScheme? labels)
    {
        foreach (string value in values)
        {
            if (labels is null) Of(value);
            else if (Tag.Parse(value, labels.Value) is { IsOutside: false } tag && !_numbers.ContainsKey($"B-{tag.Type}")) AddType(tag.Type);
        }
    }

    private void AddType(string type)
    {
        foreach (string tag in TagVocabulary.OfTypes([type], _scheme!.Value).Tags.Skip(1)) Add(tag);
    }

    private void Add(string tag)
    {
        _numbers.Add(tag, _tags.Count);
        _tags.Add(tag);
    }
}
