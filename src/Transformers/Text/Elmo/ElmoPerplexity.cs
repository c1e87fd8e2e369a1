namespace MLNet.Pretrain.Text;

/// <summary>How well the two language models of an ELMo foresee texts.</summary>
/// <param name="Forward">e to the mean negative log-likelihood of each word and each text's end after what stands before it; 1 is perfect.</param>
/// <param name="Backward">Of each word and each text's beginning before what stands after it.</param>
/// <param name="Words">Words and text ends (or beginnings) that each direction foresaw.</param>
/// <param name="UnknownWords">Words that are not in the output vocabulary: they are foreseen as <c>&lt;unk&gt;</c>, so compare only models of one vocabulary.</param>
public sealed record ElmoPerplexity(double Forward, double Backward, long Words, long UnknownWords);
