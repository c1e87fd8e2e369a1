namespace MLNet.Pretrain.Text;

/// <summary>What an n-gram's component of a bag of words is, before it is scaled to length 1.</summary>
public enum NgramWeighting
{
    /// <summary>How often it occurs in the text.</summary>
    Count,

    /// <summary>That, times ln((1 + texts) / (1 + texts with it)) + 1, as scikit-learn weighs by default.</summary>
    TfIdf,

    /// <summary>1 where it occurs.</summary>
    Presence,
}
