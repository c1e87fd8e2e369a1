using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>One Transformer block in GPT-2's order, norms before the layers: <c>x = x + attention(norm(x)); x = x + output(act(intermediate(norm(x))))</c>.</summary>
internal sealed class GptBlock : nn.Module<Tensor, CausalMask, KeyValueCache.Layer?, Tensor>
{
    private readonly Activation _activation;
    private readonly LayerNorm attention_norm, feed_forward_norm;
    private readonly CausalSelfAttention attention;
    private readonly Linear intermediate, output;
    private readonly FastDropout _dropout;

    public GptBlock(GptConfig config) : base(nameof(GptBlock))
    {
        _activation = config.Activation;
        attention_norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        attention = new CausalSelfAttention(config);
        feed_forward_norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        intermediate = UnsetLayers.Linear(config.HiddenSize, config.FeedForwardSize);
        output = UnsetLayers.Linear(config.FeedForwardSize, config.HiddenSize);
        _dropout = new FastDropout(config.ResidualDropout);
        RegisterComponents();
    }

    public bool IsPlain(Tensor x) => attention.IsPlain(x);

    // x: [B, T, H] -> [B, T, H]
    public override Tensor forward(Tensor x, CausalMask mask, KeyValueCache.Layer? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = x.Plus(_dropout.forward(attention.forward(attention_norm.forward(x), mask, cache)));
        Tensor fed = output.forward(Activations.Apply(_activation, intermediate.forward(feed_forward_norm.forward(attended))));
        return attended.Plus(_dropout.forward(fed)).MoveToOuterDisposeScope();
    }
}
