namespace MLNet.Pretrain.Text;

/// <summary>Which words predict which (Mikolov et al. 2013a).</summary>
public enum Word2VecArchitecture
{
    /// <summary>Each word of the window predicts the middle word: better for rare words and small corpora.</summary>
    SkipGram,

    /// <summary>The window's words together predict the middle word: several times faster.</summary>
    ContinuousBagOfWords,
}
