namespace MLNet.Pretrain.Networks.Text;

/// <summary>Linear layers of an encoder's Transformer layers.</summary>
[Flags]
public enum LoraTargets
{
    /// <summary>What makes the attention's queries.</summary>
    Query = 1,

    /// <summary>What makes its keys.</summary>
    Key = 2,

    /// <summary>What makes its values.</summary>
    Value = 4,

    /// <summary>The layer behind the heads.</summary>
    AttentionOutput = 8,

    /// <summary>The first layer of the feed-forward part.</summary>
    Intermediate = 16,

    /// <summary>Its second layer.</summary>
    Output = 32,

    /// <summary>All of them, as Dettmers et al. 2023 advise.</summary>
    All = Query | Key | Value | AttentionOutput | Intermediate | Output,
}
