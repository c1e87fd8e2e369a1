using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Multi-head self-attention with residual and layer norm (Vaswani et al. 2017): <c>norm(x + output(attend(x)))</c>.</summary>
internal sealed class SelfAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly int _heads;
    private readonly double _attentionDropout;
    private readonly AdaptableLinear qkv, output;
    private readonly LayerNorm norm;
    private readonly FastDropout _dropout;

    public SelfAttention(TextEncoderConfig config) : base(nameof(SelfAttention))
    {
        (_heads, _attentionDropout) = (config.HeadCount, config.AttentionDropout);
        qkv = new AdaptableLinear(config.HiddenSize, 3 * config.HiddenSize);   // query rows, then key, then value
        output = new AdaptableLinear(config.HiddenSize, config.HiddenSize);
        norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        _dropout = new FastDropout(config.HiddenDropout);
        RegisterComponents();
    }

    public AdaptableLinear QueryKeyValue => qkv;

    public AdaptableLinear Output => output;

    // x: [B, T, H], keyMask: [B, 1, 1, T] bool, true = attend, or null -> [B, T, H]
    public override Tensor forward(Tensor x, Tensor? keyMask)
    {
        using DisposeScope scope = NewDisposeScope();
        (long batch, long length, long hidden) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] heads = qkv.forward(x).view(batch, length, 3, _heads, hidden / _heads).permute(2, 0, 3, 1, 4).unbind(0);   // 3 x [B, A, T, H/A]
        Tensor context = Attend(heads[0], heads[1], heads[2], keyMask).transpose(1, 2).reshape(batch, length, hidden);
        return norm.forward(x.Plus(_dropout.forward(output.forward(context)))).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? keyMask)
    {
        double dropout = training ? _attentionDropout : 0;
        // The CPU's fused kernel has a slow backward pass in bf16 and cannot drop out; everywhere else it wins.
        bool plain = training && query.device_type == DeviceType.CPU && (query.dtype == ScalarType.BFloat16 || dropout > 0);
        if (!plain) return nn.functional.scaled_dot_product_attention(query, key, value, keyMask, dropout);
        // The query is smaller than the scores, so it takes the scale.
        Tensor scores = matmul(query.Over(Math.Sqrt(query.shape[^1])), key.transpose(-1, -2));
        if (keyMask is not null) scores = scores.Masked(keyMask.logical_not(), double.NegativeInfinity);
        return matmul(FastDropout.Apply(scores.softmax(-1), dropout, training), value);
    }
}
