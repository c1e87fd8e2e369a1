namespace MLNet.Pretrain.Networks.Text;

/// <summary>How a <see cref="TextLstm"/> makes one vector of a text's states.</summary>
public enum TextLstmPooling
{
    /// <summary>Of each component the largest value over the text's words (Conneau et al. 2017).</summary>
    Max,

    /// <summary>The last state of each direction, which has read the whole text (Tang et al. 2019).</summary>
    LastStates,
}
