namespace MLNet.Pretrain.Text;

/// <summary>How well a GPT foresees texts.</summary>
/// <param name="Perplexity">e to the mean negative log-likelihood of a token; 1 is perfect. It depends on the vocabulary: compare only models that share one.</param>
/// <param name="PerWord">e to the negative log-likelihood of all tokens over the number of words (runs without white space), as results on word corpora are given.</param>
/// <param name="BitsPerByte">Negative log-likelihood of all tokens in bits over the number of UTF-8 bytes: comparable between vocabularies.</param>
/// <param name="Tokens">Tokens counted.</param>
/// <param name="Words">Words counted.</param>
/// <param name="Bytes">Bytes counted.</param>
public sealed record GptPerplexity(double Perplexity, double PerWord, double BitsPerByte, long Tokens, long Words, long Bytes);
