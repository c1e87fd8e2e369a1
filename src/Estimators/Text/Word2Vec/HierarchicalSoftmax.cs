namespace MLNet.Pretrain.Text;

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
