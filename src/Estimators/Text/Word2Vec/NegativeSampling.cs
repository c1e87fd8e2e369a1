namespace MLNet.Pretrain.Text;

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
