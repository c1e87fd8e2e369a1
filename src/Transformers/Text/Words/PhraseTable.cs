namespace MLNet.Pretrain.Text;

/// <summary>Pairs of neighbours that are phrases. A word may itself be joined already, so that <c>new_york_times</c> may be one pair and not another. Many may read at once.</summary>
internal sealed class PhraseTable
{
    private readonly WordTable _joined = new();
    private readonly HashSet<(int Joined, int FirstLength)> _pairs = [];
    private readonly List<(int Joined, int FirstLength)> _order = [];

    /// <summary>Pairs.</summary>
    public int Count => _order.Count;

    /// <summary>The words of a pair.</summary>
    public (string First, string Second) this[int index]
    {
        get
        {
            (int joined, int firstLength) = _order[index];
            ReadOnlySpan<char> both = _joined[joined];
            return (both[..firstLength].ToString(), both[(firstLength + 1)..].ToString());
        }
    }

    /// <summary>Whether a pair is known.</summary>
    /// <param name="joined">Its words with a <see cref="WordList.Joint"/> between.</param>
    /// <param name="firstLength">Characters of the first.</param>
    public bool Contains(ReadOnlySpan<char> joined, int firstLength) => _joined.Find(joined) is >= 0 and var id && _pairs.Contains((id, firstLength));

    /// <summary>Adds a pair; false where it was there.</summary>
    /// <param name="joined">Its words with a <see cref="WordList.Joint"/> between.</param>
    /// <param name="firstLength">Characters of the first.</param>
    public bool Add(ReadOnlySpan<char> joined, int firstLength)
    {
        (int, int) pair = (_joined.FindOrAdd(joined), firstLength);
        if (!_pairs.Add(pair)) return false;
        _order.Add(pair);
        return true;
    }

    /// <summary>The joined words, each once.</summary>
    public IEnumerable<string> Joined() => Enumerable.Range(0, _joined.Count).Select(id => _joined[id].ToString());
}
