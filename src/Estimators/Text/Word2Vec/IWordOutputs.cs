namespace MLNet.Pretrain.Text;

/// <summary>Which output rows a middle word is trained against. Immutable, shared by all workers.</summary>
internal interface IWordOutputs
{
    /// <summary>The most rows of any word.</summary>
    int MaxOutputs { get; }

    /// <summary>Fills <paramref name="set"/> with the rows of <paramref name="word"/>.</summary>
    void Choose(int word, ref FastRandom random, OutputSet set);
}
