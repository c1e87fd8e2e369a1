namespace MLNet.Pretrain.Networks.Text;

/// <summary>What LSTM layers of two directions make of a token.</summary>
internal static class LstmActivations
{
    /// <summary>Bytes that one layer keeps: its input, gates and cells, and with its output what the next layer reads of it.</summary>
    /// <param name="tokens">Places of all rows.</param>
    /// <param name="input">Numbers of an input.</param>
    /// <param name="cells">Cells of a direction.</param>
    /// <param name="output">Numbers of an output of a direction.</param>
    /// <param name="conditions">How it learns.</param>
    public static double Kept(double tokens, double input, double cells, double output, ActivationConditions conditions) =>
        conditions.Bytes(3, 2 * tokens * input) + conditions.Bytes(1, 8 * tokens * cells) + conditions.ExactBytes(1, 2 * tokens * cells) + conditions.Bytes(1, 2 * tokens * cells) + conditions.Bytes(3, 2 * tokens * output);

    /// <summary>Bytes that come and go in its backward pass: the slopes of all steps at once, and what they are made of.</summary>
    public static double Passing(double tokens, double input, double cells, ActivationConditions conditions) =>
        conditions.ExactBytes(2, 8 * tokens * cells) + conditions.ExactBytes(12, 2 * tokens * cells) + conditions.Bytes(2, 2 * tokens * input);
}
