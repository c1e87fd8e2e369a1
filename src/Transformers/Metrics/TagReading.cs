namespace MLNet.Pretrain.Metrics;

/// <summary>What becomes of tags that do not follow on one another, such as <c>I-PER</c> after <c>O</c>.</summary>
public enum TagReading
{
    /// <summary>As the CoNLL scorer reads them (conlleval; seqeval's default): <c>I-</c> and <c>E-</c> go on with an entity of their type and else start one. Reads IOB1, too, where <c>B-</c> stands only between neighbours of one type.</summary>
    Lenient,

    /// <summary>What the scheme does not allow is no entity (seqeval's strict mode): one counts only from its <c>B-</c> on, and under BIOES only with its <c>E-</c>.</summary>
    Strict,

    /// <summary>They are an error: for labels of training data.</summary>
    WellFormed,
}
