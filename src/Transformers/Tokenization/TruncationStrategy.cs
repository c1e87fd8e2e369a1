namespace MLNet.Pretrain.Tokenization;

/// <summary>What is cut from a text, or a pair of texts, that has more tokens than allowed.</summary>
public enum TruncationStrategy
{
    /// <summary>The end of the longer text, one token at a time (ties cut the second), as BERT does. A single text loses its end.</summary>
    LongestFirst,

    /// <summary>The end of the second text; the first stays whole. A single text loses its end.</summary>
    OnlySecond,

    /// <summary>The middle: the first quarter of the room keeps the beginning, the rest the end (Sun et al. 2019: 128 + 382). Of a pair, as <see cref="LongestFirst"/>.</summary>
    HeadAndTail,

    /// <summary>Nothing: a text over the limit is an error.</summary>
    Error,
}
