using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Multi-head self-attention with residual and layer norm (Vaswani et al. 2017): <c>norm(x + output(attend(x)))</c>.</summary>
internal sealed class SelfAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly int _heads, _headSize;
    private readonly double _attentionDropout;
    private readonly AdaptableLinear qkv, output;
    private readonly LayerNorm norm;
    private readonly FastDropout _dropout;

    public SelfAttention(TextEncoderConfig config, int layer) : base(nameof(SelfAttention))
    {
        (_heads, _headSize, _attentionDropout) = (config.HeadsOf(layer).Length, config.HeadSize, config.AttentionDropout);
        int width = _heads * _headSize;   // the hidden size, unless heads were cut off
        qkv = new AdaptableLinear(config.HiddenSize, 3 * width);   // query rows, then key, then value
        output = new AdaptableLinear(width, config.HiddenSize);
        norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        _dropout = new FastDropout(config.HiddenDropout);
        RegisterComponents();
    }

    public int HeadCount => _heads;

    public int HeadSize => _headSize;

    public LayerNorm Norm => norm;

    public AdaptableLinear QueryKeyValue => qkv;

    public AdaptableLinear Output => output;

    /// <summary>What each head's result is multiplied by, [B, A, 1, 1]; null = nothing. Belongs to whoever set it.</summary>
    public Tensor? HeadMask { get; set; }

    // x: [B, T, H], keyMask: [B, 1, 1, T] bool, true = attend, or null -> [B, T, H]
    public override Tensor forward(Tensor x, Tensor? keyMask)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor query, Tensor key, Tensor value) = Heads(x);
        return Finish(x, Attend(query, key, value, keyMask)).MoveToOuterDisposeScope();
    }

    /// <summary>The same, keeping what is wanted of it.</summary>
    public LayerTrace Trace(Tensor x, Tensor? keyMask, bool withScores, bool withValues)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor query, Tensor key, Tensor value) = Heads(x);
        Tensor? scores = withScores ? Scores(query, key, keyMask) : null;
        Tensor context = scores is null ? Attend(query, key, value, keyMask) : Weigh(scores, value);
        return new LayerTrace(Finish(x, context), scores, withValues ? value : null).MoveToOuterDisposeScope();
    }

    // Each [B, A, T, size of a head].
    private (Tensor Query, Tensor Key, Tensor Value) Heads(Tensor x)
    {
        Tensor[] heads = qkv.forward(x).view(x.shape[0], x.shape[1], 3, _heads, _headSize).permute(2, 0, 3, 1, 4).unbind(0);
        return (heads[0], heads[1], heads[2]);
    }

    private Tensor Finish(Tensor x, Tensor context)
    {
        if (HeadMask is not null) context *= HeadMask;
        Tensor joined = context.transpose(1, 2).reshape(x.shape[0], x.shape[1], _heads * _headSize);
        return norm.forward(x.Plus(_dropout.forward(output.forward(joined))));
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? keyMask)
    {
        double dropout = training ? _attentionDropout : 0;
        // The CPU's fused kernel has a slow backward pass in bf16 and cannot drop out; everywhere else it wins.
        bool plain = training && query.device_type == DeviceType.CPU && (query.dtype == ScalarType.BFloat16 || dropout > 0);
        return plain ? Weigh(Scores(query, key, keyMask), value) : nn.functional.scaled_dot_product_attention(query, key, value, keyMask, dropout);
    }

    // [B, A, T, T]
    private static Tensor Scores(Tensor query, Tensor key, Tensor? keyMask)
    {
        // The query is smaller than the scores, so it takes the scale.
        Tensor scores = matmul(query.Over(Math.Sqrt(query.shape[^1])), key.transpose(-1, -2));
        return keyMask is null ? scores : scores.Masked(keyMask.logical_not(), EncoderTrace.Padding);
    }

    private Tensor Weigh(Tensor scores, Tensor value) => matmul(FastDropout.Apply(scores.softmax(-1), training ? _attentionDropout : 0, training), value);
}
