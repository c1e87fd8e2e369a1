namespace MLNet.Pretrain.Text;

/// <summary>A word and its cosine to what was asked for.</summary>
/// <param name="Word">The word.</param>
/// <param name="Similarity">-1 to 1.</param>
public readonly record struct WordSimilarity(string Word, float Similarity);
