namespace MLNet.Pretrain.Metrics;

/// <summary>How the tokens of entities are tagged; a token of none has the tag <c>O</c>.</summary>
public enum TagScheme
{
    /// <summary><c>B-</c> on the first token of every entity and <c>I-</c> on its others (IOB2; Ramshaw and Marcus 1995, Tjong Kim Sang and Veenstra 1999).</summary>
    Bio,

    /// <summary>Also <c>E-</c> on the last token, and <c>S-</c> on an entity of a single token (IOBES; the same as BILOU with other letters, Ratinov and Roth 2009).</summary>
    Bioes,
}
