namespace MLNet.Pretrain.Networks.Text;

/// <summary>A network that knows how much memory it takes while it learns.</summary>
internal interface IActivationMemory
{
    /// <summary>
    /// Bytes that a forward and a backward pass take at their highest: what is kept in between, and what comes and goes. Weights, their gradients and heads over a vocabulary are not
    /// counted. It follows from shapes alone.
    /// </summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="length">Tokens of each, filler included.</param>
    /// <param name="conditions">How it learns.</param>
    double ActivationBytes(long rows, long length, ActivationConditions conditions);
}
