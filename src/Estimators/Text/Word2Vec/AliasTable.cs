namespace MLNet.Pretrain.Text;

/// <summary>
/// Draws words in proportion to count^exponent in constant time (Walker 1977; Vose 1991): eight bytes a word, where word2vec.c's table
/// takes 400 MB and rounds.
/// </summary>
internal sealed class AliasTable
{
    private readonly (uint Threshold, int Alias)[] _cells;

    public AliasTable(ReadOnlySpan<long> counts, double exponent)
    {
        double[] scaled = Probabilities(counts, exponent);
        int n = scaled.Length;
        for (int i = 0; i < n; i++) scaled[i] *= n;
        _cells = new (uint, int)[n];
        Stack<int> small = new(), large = new();
        for (int i = 0; i < n; i++) (scaled[i] < 1 ? small : large).Push(i);
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Peek();
            _cells[less] = ((uint)Math.Min(scaled[less] * 4294967296.0, uint.MaxValue), more);
            scaled[more] -= 1 - scaled[less];
            if (scaled[more] < 1) small.Push(large.Pop());
        }
        foreach (int i in small.Concat(large)) _cells[i] = (uint.MaxValue, i);
    }

    public int Draw(ref FastRandom random)
    {
        int cell = (int)random.Next((uint)_cells.Length);
        (uint threshold, int alias) = _cells[cell];
        return random.Next() <= threshold ? cell : alias;
    }

    /// <summary>The share of each word in the draws, as the cells hold it.</summary>
    public double[] Shares()
    {
        double[] shares = new double[_cells.Length];
        for (int i = 0; i < _cells.Length; i++)
        {
            double own = _cells[i].Alias == i ? 1 : _cells[i].Threshold / 4294967296.0;
            shares[i] += own / _cells.Length;
            shares[_cells[i].Alias] += (1 - own) / _cells.Length;
        }
        return shares;
    }

    private static double[] Probabilities(ReadOnlySpan<long> counts, double exponent)
    {
        double[] weights = new double[counts.Length];
        double sum = 0;
        for (int i = 0; i < weights.Length; i++) sum += weights[i] = Math.Pow(counts[i], exponent);
        for (int i = 0; i < weights.Length; i++) weights[i] /= sum;
        return weights;
    }
}
