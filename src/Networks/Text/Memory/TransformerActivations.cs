using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>What a Transformer layer makes of a token, in numbers.</summary>
/// <param name="HiddenSize">H</param>
/// <param name="Heads">A</param>
/// <param name="HeadSize">Components of a head.</param>
/// <param name="FeedForwardSize">I</param>
/// <param name="DropsStates">Whether there is dropout on states.</param>
/// <param name="DropsAttention">Whether there is dropout on attention.</param>
internal readonly record struct TransformerActivations(int HiddenSize, int Heads, int HeadSize, int FeedForwardSize, bool DropsStates, bool DropsAttention)
{
    // Embeddings with their norm and dropout, and a head that looks at every token.
    private const int StatesOutsideLayers = 10;

    /// <summary>See <see cref="IActivationMemory.ActivationBytes"/>.</summary>
    /// <param name="layers">From the lowest.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="conditions">How they learn.</param>
    public static double Bytes(IReadOnlyList<TransformerActivations> layers, long rows, long length, ActivationConditions conditions)
    {
        double tokens = (double)rows * length, state = conditions.Bytes(1, tokens * layers[0].HiddenSize), kept = StatesOutsideLayers * state, passing = 0;
        foreach ((int i, TransformerActivations layer) in layers.Index())
        {
            (double own, double going) = (layer.Kept(tokens, length, conditions), layer.Passing(tokens, length, conditions));
            bool keeps = i >= conditions.FrozenLayers && !conditions.Recomputes;
            kept += keeps ? own : state;
            // What learns nothing, or runs twice, has all of its own at once, too.
            passing = Math.Max(passing, keeps ? going : own + going);
        }
        return kept + passing;
    }

    private double Width => Heads * HeadSize;

    // Input, two sums before or behind norms and a norm's output, with dropout two masks; queries, keys and values, the heads' result; both sides of the activation; the softmax's result,
    // with dropout a mask and what it leaves.
    private double Kept(double tokens, long length, ActivationConditions c) =>
        c.Bytes(DropsStates ? 6 : 4, tokens * HiddenSize) + c.Bytes(IsPlain(c) ? 4 : 5, tokens * Width) + c.Bytes(2, tokens * FeedForwardSize) + (IsPlain(c) ? c.Bytes(DropsAttention ? 3 : 1, tokens * Heads * length) : 0);

    // Queries, keys and values side by side and scaled queries, results before dropout, scores with and without mask; backward their gradients in their place.
    private double Passing(double tokens, long length, ActivationConditions c) =>
        c.Bytes(4, tokens * HiddenSize) + c.Bytes(5, tokens * Width) + (IsPlain(c) ? c.Bytes(2, tokens * Heads * length) : 0);

    private bool IsPlain(ActivationConditions c) => c.OnProcessor && (DropsAttention || c.Type == ScalarType.BFloat16);
}
