using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Numbers of heads by layer, both in rising order, layers without any left out: equal where the numbers are.</summary>
internal sealed class HeadsByLayer : IReadOnlyDictionary<int, IReadOnlyList<int>>, IEquatable<HeadsByLayer>
{
    private readonly SortedDictionary<int, IReadOnlyList<int>> _heads = [];

    private HeadsByLayer(IEnumerable<KeyValuePair<int, IReadOnlyList<int>>> heads)
    {
        foreach ((int layer, IReadOnlyList<int> numbers) in heads)
            if (numbers.Count > 0) _heads.Add(layer, Array.AsReadOnly(numbers.Order().ToArray()));
    }

    public static HeadsByLayer None { get; } = new([]);

    public IEnumerable<int> Keys => _heads.Keys;

    public IEnumerable<IReadOnlyList<int>> Values => _heads.Values;

    public int Count => _heads.Count;

    public IReadOnlyList<int> this[int key] => _heads[key];

    /// <summary>A copy, unless it is one already.</summary>
    public static HeadsByLayer Of(IReadOnlyDictionary<int, IReadOnlyList<int>> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        return heads as HeadsByLayer ?? new(heads);
    }

    public bool ContainsKey(int key) => _heads.ContainsKey(key);

    public bool TryGetValue(int key, [MaybeNullWhen(false)] out IReadOnlyList<int> value) => _heads.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<int, IReadOnlyList<int>>> GetEnumerator() => _heads.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(HeadsByLayer? other) => other is not null && Keys.SequenceEqual(other.Keys) && Values.Zip(other.Values).All(pair => pair.First.SequenceEqual(pair.Second));

    public override bool Equals(object? obj) => Equals(obj as HeadsByLayer);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach ((int layer, IReadOnlyList<int> numbers) in _heads)
        {
            hash.Add(layer);
            foreach (int number in numbers) hash.Add(number);
        }
        return hash.ToHashCode();
    }

    /// <summary>As <c>{ 0: [2, 3], 4: [1] }</c>.</summary>
    public override string ToString() => Count == 0 ? "{ }" : $"{{ {string.Join(", ", _heads.Select(layer => FormattableString.Invariant($"{layer.Key}: [{string.Join(", ", layer.Value)}]")))} }}";
}
