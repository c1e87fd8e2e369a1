namespace MLNet.Pretrain.Text;

/// <summary>A word that may come next.</summary>
/// <param name="Word">The word; <c>&lt;/s&gt;</c> = the text's end, <c>&lt;unk&gt;</c> = any word that is not in the vocabulary.</param>
/// <param name="Probability">0 to 1.</param>
public readonly record struct WordProbability(string Word, float Probability);
