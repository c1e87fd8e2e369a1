namespace MLNet.Pretrain.Text;

/// <summary>How the softmax over the vocabulary is made cheap.</summary>
public enum Word2VecLoss
{
    /// <summary>The right word against a few random ones (Mikolov et al. 2013b).</summary>
    NegativeSampling,

    /// <summary>The turns on the way to the word in a Huffman tree (Morin and Bengio 2005): better for rare words, needs no random words.</summary>
    HierarchicalSoftmax,
}
