namespace MLNet.Pretrain.Metrics;

/// <summary>An entity: neighbouring tokens of one type.</summary>
/// <param name="Type">Type, such as <c>PER</c>: the tag without its prefix.</param>
/// <param name="FirstToken">Place of the first token in its row, from 0.</param>
/// <param name="TokenCount">Number of tokens, 1 or more.</param>
public readonly record struct TagSpan(string Type, int FirstToken, int TokenCount);
