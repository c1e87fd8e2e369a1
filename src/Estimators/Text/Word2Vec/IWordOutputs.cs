namespace MLNet.Pretrain.Text;

/// <summary>Which output rows a middle word is trained against. Immutable, shared by all workers.</summary>
internal interface IWordOutputs
{
    /// <summary>The most rows of any word.</summary>
    int MaxOutputs { get; }

    /// <summary>Fills <paramref name="set"/> with the rows of <paramref name="word"/>.</summary>
    void Choose(int word, ref FastRandom random, OutputSet set);
}

/// <summary>The word itself against random words.</summary>
internal sealed unsafe class NegativeSampling(NativeMatrix outputs, AliasTable table, int negatives) : IWordOutputs
{
    public int MaxOutputs => negatives + 1;

    public void Choose(int word, ref FastRandom random, OutputSet set)
    {
        set.Clear();
        set.Add(word, outputs[word], 1);
        for (int i = 0; i < negatives; i++)
        {
            int other = table.Draw(ref random);
            if (other != word) set.Add(other, outputs[other], 0);
        }
    }
}

/// <summary>The turns on the way to the word.</summary>
internal sealed unsafe class HierarchicalSoftmax(NativeMatrix outputs, HuffmanTree tree, int words) : IWordOutputs
{
    public int MaxOutputs { get; } = Math.Max(1, Enumerable.Range(0, words).Max(word => tree.Points(word).Length));

    public void Choose(int word, ref FastRandom random, OutputSet set)
    {
        set.Clear();
        ReadOnlySpan<int> points = tree.Points(word);
        ReadOnlySpan<byte> codes = tree.Codes(word);
        for (int i = 0; i < points.Length; i++) set.Add(points[i], outputs[points[i]], 1 - codes[i]);
    }
}
