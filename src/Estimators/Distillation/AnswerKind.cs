namespace MLNet.Pretrain.Distillation;

/// <summary>What a teacher's answers are, and how they are kept.</summary>
internal enum AnswerKind
{
    /// <summary>Logarithms or shares of classes, in half precision.</summary>
    Shares,

    /// <summary>Numbers of a unit that is not known, in single precision.</summary>
    Numbers,

    /// <summary>Components of vectors, in half precision relative to the row's largest one.</summary>
    Vectors,
}
