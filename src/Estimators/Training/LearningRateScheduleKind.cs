namespace MLNet.Pretrain.Training;

/// <summary>How the learning rate moves after the warm-up.</summary>
public enum LearningRateScheduleKind
{
    /// <summary>Stays at its peak.</summary>
    Constant,

    /// <summary>Falls in a straight line to the lowest rate (by default 0) at the last step: BERT's own (Devlin et al. 2018, appendix A.2).</summary>
    Linear,

    /// <summary>Falls along half a cosine to the lowest rate at the last step (Loshchilov and Hutter 2016, without restarts).</summary>
    Cosine,
}
