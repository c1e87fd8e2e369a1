namespace MLNet.Pretrain.Text;

/// <summary>How the hidden states of a text's tokens become one vector.</summary>
public enum Pooling
{
    /// <summary>The mean over the text's tokens, special tokens included; what sentence encoders are mostly trained with (Reimers and Gurevych 2019).</summary>
    Mean,

    /// <summary>The largest value of each component over the text's tokens.</summary>
    Max,

    /// <summary>The hidden state of the first token (<c>[CLS]</c>, <c>&lt;s&gt;</c>).</summary>
    Cls,

    /// <summary>BERT's pooler: a trained dense layer with tanh over the first token. Only for encoders that have one.</summary>
    Pooler,
}
