namespace MLNet.Pretrain.Text;

/// <summary>Turns the words of a text into the sparse vector of its n-grams. One thread's own.</summary>
internal sealed class NgramCounter(NgramTable table, float[]? weights, BagOfWordsOptions options)
{
    private readonly int[] _open = new int[options.NgramLength];
    private int[] _found = new int[256];
    private int _count;

    /// <summary>Writes indices, rising, and values.</summary>
    /// <returns>How many.</returns>
    public int Count(WordList words, ref int[] indices, ref float[] values)
    {
        Collect(words);
        Array.Sort(_found, 0, _count);
        if (indices.Length < _count)
        {
            indices = new int[_found.Length];
            values = new float[_found.Length];
        }
        int kept = 0;
        for (int first = 0; first < _count;)
        {
            int feature = _found[first], end = first + 1;
            while (end < _count && _found[end] == feature) end++;
            float value = options.Weighting == NgramWeighting.Presence ? 1 : end - first;
            (indices[kept], values[kept++]) = (feature, weights is null ? value : value * weights[feature]);
            first = end;
        }
        if (options.Normalize && kept > 0)
        {
            Span<float> all = values.AsSpan(0, kept);
            System.Numerics.Tensors.TensorPrimitives.Divide(all, System.Numerics.Tensors.TensorPrimitives.Norm<float>(all), all);
        }
        return kept;
    }

    // n-grams that end at a word continue those that ended at the word before; an unknown word breaks them off.
    private void Collect(WordList words)
    {
        _count = 0;
        int open = 0;
        for (int i = 0; i < words.Count; i++)
        {
            int word = table.Words.Find(words[i]);
            if (word < 0)
            {
                open = 0;
                continue;
            }
            if (_count + options.NgramLength > _found.Length) Array.Resize(ref _found, _found.Length * 2);
            int longest = Math.Min(open, options.NgramLength - 1);
            for (int n = longest; n >= 0; n--)
            {
                int parent = n == 0 ? -1 : _open[n - 1];
                int node = n > 0 && parent < 0 ? -1 : table.Find(parent, word);
                _open[n] = node;
                if (node >= 0) _found[_count++] = node;
            }
            open = Math.Min(open + 1, options.NgramLength);
        }
    }
}
