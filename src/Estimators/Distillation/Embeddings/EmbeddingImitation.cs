namespace MLNet.Pretrain.Distillation;

/// <summary>What a student's vectors are to have in common with the teacher's.</summary>
public enum EmbeddingImitation
{
    /// <summary>Every component, by the mean squared difference (Reimers and Gurevych 2020).</summary>
    SquaredError,

    /// <summary>The direction, by 1 - cosine; lengths are the student's own.</summary>
    CosineDistance,
}
