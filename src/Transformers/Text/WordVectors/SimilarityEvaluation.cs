namespace MLNet.Pretrain.Text;

/// <summary>How well cosines agree with people's judgements of word pairs.</summary>
/// <param name="Spearman">Rank correlation, -1 to 1; NaN with fewer than two pairs.</param>
/// <param name="Pearson">Linear correlation, -1 to 1; NaN with fewer than two pairs.</param>
/// <param name="Pairs">Pairs compared.</param>
/// <param name="Skipped">Pairs left out because a word was not known.</param>
public sealed record SimilarityEvaluation(double Spearman, double Pearson, int Pairs, int Skipped);
