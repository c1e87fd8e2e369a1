namespace MLNet.Pretrain.Text;

/// <summary>What an encoder learns from pairs of texts.</summary>
public enum EmbeddingLoss
{
    /// <summary>Each text must find its partner among the partners of its batch by cosine (Henderson et al. 2017; van den Oord et al. 2018): for pairs that belong together, such as question and answer. Needs no labels.</summary>
    InBatchRanking,

    /// <summary>The cosine of a pair must be the number in its label, by squared error (Reimers and Gurevych 2019): for judged similarities.</summary>
    CosineRegression,
}
