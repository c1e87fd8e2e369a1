namespace MLNet.Pretrain.Text;

/// <summary>The n-gram rows of every word of a vocabulary.</summary>
internal sealed class SubwordRows
{
    private readonly int[] _starts, _rows;

    public SubwordRows(Vocabulary vocabulary, SubwordOptions options)
    {
        var hasher = new SubwordHasher(options.MinN, options.MaxN, options.Buckets);
        List<int> rows = [];
        _starts = new int[vocabulary.Count + 1];
        for (int word = 0; word < vocabulary.Count; word++)
        {
            rows.Add(word);
            foreach (int bucket in hasher.Buckets(vocabulary.Words[word])) rows.Add(vocabulary.Count + bucket);
            _starts[word + 1] = rows.Count;
        }
        _rows = [.. rows];
    }

    /// <summary>The input rows whose mean is the word's vector: its own first.</summary>
    public ReadOnlySpan<int> Of(int word) => _rows.AsSpan(_starts[word].._starts[word + 1]);
}
