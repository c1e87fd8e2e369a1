namespace MLNet.Pretrain.Calibrators;

/// <summary>Whose scores are calibrated.</summary>
internal enum ScoreKind
{
    /// <summary>One probability a class, replaced.</summary>
    Multiclass,

    /// <summary>Log-odds, to which a probability is added.</summary>
    Binary,
}
