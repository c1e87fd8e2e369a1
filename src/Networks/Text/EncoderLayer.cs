using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>One Transformer layer in BERT's order, norms after the residuals: attention, then <c>norm(x + output(act(intermediate(x))))</c>.</summary>
internal sealed class EncoderLayer : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly Activation _activation;
    private readonly SelfAttention attention;
    private readonly AdaptableLinear intermediate, output;
    private readonly LayerNorm norm;
    private readonly FastDropout _dropout;

    public EncoderLayer(TextEncoderConfig config, int layer) : base(nameof(EncoderLayer))
    {
        _activation = config.Activation;
        attention = new SelfAttention(config, layer);
        intermediate = new AdaptableLinear(config.HiddenSize, config.IntermediateSize);
        output = new AdaptableLinear(config.IntermediateSize, config.HiddenSize);
        norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        _dropout = new FastDropout(config.HiddenDropout);
        RegisterComponents();
    }

    /// <summary>See <see cref="SelfAttention.HeadMask"/>.</summary>
    public Tensor? HeadMask
    {
        get => attention.HeadMask;
        set => attention.HeadMask = value;
    }

    public SelfAttention Attention => attention;

    public LayerNorm Norm => norm;

    public AdaptableLinear QueryKeyValue => attention.QueryKeyValue;

    public AdaptableLinear AttentionOutput => attention.Output;

    public AdaptableLinear Intermediate => intermediate;

    public AdaptableLinear Output => output;

    /// <summary>What it computes with, the factors of adapters among them.</summary>
    public IEnumerable<Parameter> Learnable => parameters().Concat(Linears.SelectMany(linear => linear.Update?.Parameters ?? []));

    public IEnumerable<AdaptableLinear> Linears => [QueryKeyValue, AttentionOutput, Intermediate, Output];

    // x: [B, T, H], keyMask: [B, 1, 1, T] bool or null -> [B, T, H]
    public override Tensor forward(Tensor x, Tensor? keyMask)
    {
        using DisposeScope scope = NewDisposeScope();
        return Feed(attention.forward(x, keyMask)).MoveToOuterDisposeScope();
    }

    /// <summary>The same, keeping what is wanted of its attention.</summary>
    public LayerTrace Trace(Tensor x, Tensor? keyMask, bool withScores, bool withValues)
    {
        using DisposeScope scope = NewDisposeScope();
        LayerTrace attended = attention.Trace(x, keyMask, withScores, withValues);
        return (attended with { Output = Feed(attended.Output) }).MoveToOuterDisposeScope();
    }

    // attended: [B, T, H] -> [B, T, H]
    private Tensor Feed(Tensor attended)
    {
        Tensor fed = output.forward(Activations.Apply(_activation, intermediate.forward(attended)));
        return norm.forward(attended.Plus(_dropout.forward(fed)));
    }
}
