namespace MLNet.Pretrain.Text;

/// <summary>How the hidden states of a text's tokens become one vector, in a network whose positions see only those before them.</summary>
public enum GptPooling
{
    /// <summary>The state of the last token, the only one that has seen the whole text (Radford et al. 2018).</summary>
    LastToken,

    /// <summary>The mean over the text's tokens; usually the better one without fine-tuning.</summary>
    Mean,
}
