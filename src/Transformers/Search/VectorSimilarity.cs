namespace MLNet.Pretrain.Search;

/// <summary>What makes two vectors near each other.</summary>
public enum VectorSimilarity
{
    /// <summary>The cosine of the angle between them, -1 to 1; 0 where one of them is 0. How long they are does not matter.</summary>
    Cosine,

    /// <summary>Their scalar product: longer vectors are nearer. The same as the cosine for vectors of length 1.</summary>
    DotProduct,
}
