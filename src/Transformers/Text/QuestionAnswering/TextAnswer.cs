namespace MLNet.Pretrain.Text;

/// <summary>An answer, cut out of its context.</summary>
/// <param name="Text">The context's characters.</param>
/// <param name="Start">Where they begin in the context.</param>
/// <param name="Score">Log-odds against there being no answer: the sum of the logits of start and end, less that of the first token.</param>
public sealed record TextAnswer(string Text, int Start, float Score);
