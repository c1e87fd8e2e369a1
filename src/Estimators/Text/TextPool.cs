namespace MLNet.Pretrain.Text;

/// <summary>One string for each different text: names of classes and tags are few, and rows many.</summary>
internal sealed class TextPool
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public TextPool() => _lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();

    public string Of(ReadOnlyMemory<char> text)
    {
        if (_lookup.TryGetValue(text.Span, out string? known)) return known;
        string added = text.ToString();
        _known.Add(added);
        return added;
    }
}
