namespace MLNet.Pretrain.Text;

/// <summary>What becomes of the word vectors while a <c>TextCnn</c> or a <c>TextLstm</c> trains (Kim 2014). Without given vectors they begin at random.</summary>
public enum WordEmbeddings
{
    /// <summary>They learn with the rest: Kim's "non-static", or "rand" without given vectors.</summary>
    Tuned,

    /// <summary>They stay as given.</summary>
    Static,

    /// <summary>Two channels: one learns, one stays as given.</summary>
    TwoChannels,
}
