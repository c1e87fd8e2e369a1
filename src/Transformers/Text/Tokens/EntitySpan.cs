namespace MLNet.Pretrain.Text;

/// <summary>An entity that was found.</summary>
/// <param name="Type">Its type, such as <c>PER</c>.</param>
/// <param name="Text">The text from <paramref name="Start"/> on, character for character; ready-made tokens are joined by spaces.</param>
/// <param name="Start">Index of its first character (UTF-16 unit) in the text; of ready-made tokens, the first token's index.</param>
/// <param name="Length">Characters; of ready-made tokens, their number.</param>
/// <param name="Confidence">The mean probability of its words' tags, in [0, 1].</param>
public readonly record struct EntitySpan(string Type, string Text, int Start, int Length, float Confidence);
