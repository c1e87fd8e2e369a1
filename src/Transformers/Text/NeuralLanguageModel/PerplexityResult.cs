namespace MLNet.Pretrain.Text;

/// <summary>How well a language model foresees texts.</summary>
/// <param name="Perplexity">e to the mean negative log-likelihood of each word and each text's end; 1 is perfect.</param>
/// <param name="Words">Words and ends counted.</param>
/// <param name="UnknownWords">Those that are not in the vocabulary: they are foreseen as <c>&lt;unk&gt;</c>, so compare only models of one vocabulary.</param>
public sealed record PerplexityResult(double Perplexity, long Words, long UnknownWords);
