namespace MLNet.Pretrain.Tokenization;

/// <summary>Where a token stands in the original text, before any normalisation. Special tokens have length 0.</summary>
/// <param name="Start">Index of the first UTF-16 unit.</param>
/// <param name="Length">UTF-16 units.</param>
public readonly record struct TokenOffset(int Start, int Length);
