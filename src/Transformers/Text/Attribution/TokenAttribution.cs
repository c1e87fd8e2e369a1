namespace MLNet.Pretrain.Text;

/// <summary>What one token adds to a prediction.</summary>
/// <param name="Text">The characters of the text that it stands for.</param>
/// <param name="Start">Index of the first of them (UTF-16 unit) in its own text.</param>
/// <param name="Length">UTF-16 units.</param>
/// <param name="InPair">Whether it stands in the second text of a pair.</param>
/// <param name="Value">Above 0: speaks for what was predicted, below 0: against it; in the unit of <see cref="TextAttribution.Output"/>.</param>
public readonly record struct TokenAttribution(string Text, int Start, int Length, bool InPair, float Value);
