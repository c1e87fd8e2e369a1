namespace MLNet.Pretrain.Text;

/// <summary>How the window's vectors become one in <see cref="Word2VecArchitecture.ContinuousBagOfWords"/>. Either way each word of the window gets the whole error, as in word2vec.c.</summary>
public enum CbowContext
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their sum: wants a lower learning rate.</summary>
    Sum,
}
