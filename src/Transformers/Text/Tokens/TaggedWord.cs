namespace MLNet.Pretrain.Text;

/// <summary>A word and its tag.</summary>
/// <param name="Text">The word as it stands in the text, or the token.</param>
/// <param name="Start">Index of its first character (UTF-16 unit) in the text; of ready-made tokens, the token's index.</param>
/// <param name="Length">Characters; of ready-made tokens 1.</param>
/// <param name="Tag">The tag, in the scheme of the training labels.</param>
/// <param name="Probability">Of the tag, in [0, 1]: with a conditional random field or with rules over all sequences of tags that are allowed, else the softmax.</param>
public readonly record struct TaggedWord(string Text, int Start, int Length, string Tag, float Probability);
