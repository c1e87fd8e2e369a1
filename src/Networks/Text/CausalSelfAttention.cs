using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Multi-head attention of each position to itself and those before it.</summary>
internal sealed class CausalSelfAttention : nn.Module<Tensor, CausalMask, KeyValueCache.Layer?, Tensor>
{
    private readonly int _heads;
    private readonly double _attentionDropout;
    private readonly Linear qkv, output;

    public CausalSelfAttention(GptConfig config) : base(nameof(CausalSelfAttention))
    {
        (_heads, _attentionDropout) = (config.HeadCount, config.AttentionDropout);
        qkv = UnsetLayers.Linear(config.HiddenSize, 3 * config.HiddenSize);   // query rows, then key, then value
        output = UnsetLayers.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    // x: [B, T, H]; with a cache of P positions, keys and values are those of P + T -> [B, T, H]
    public override Tensor forward(Tensor x, CausalMask mask, KeyValueCache.Layer? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        (long batch, long length, long hidden) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] heads = qkv.forward(x).view(batch, length, 3, _heads, hidden / _heads).permute(2, 0, 3, 1, 4).unbind(0);   // 3 x [B, A, T, H/A]
        (Tensor key, Tensor value) = cache is null ? (heads[1], heads[2]) : cache.Append(heads[1], heads[2]);
        Tensor context = Attend(heads[0], key, value, mask).transpose(1, 2).reshape(batch, length, hidden);
        return output.forward(context).MoveToOuterDisposeScope();
    }

    /// <summary>Whether attention is computed by plain products, which need the mask spelt out.</summary>
    // The CPU's fused kernel has a slow backward pass in bf16 and cannot drop out; everywhere else it wins.
    public bool IsPlain(Tensor x) => training && x.device_type == DeviceType.CPU && (x.dtype == ScalarType.BFloat16 || _attentionDropout > 0);

    private Tensor Attend(Tensor query, Tensor key, Tensor value, CausalMask mask)
    {
        double dropout = training ? _attentionDropout : 0;
        if (!IsPlain(query)) return nn.functional.scaled_dot_product_attention(query, key, value, mask.Allowed, dropout, mask.Allowed is null && query.shape[2] > 1);
        Tensor scores = matmul(query, key.transpose(-1, -2)).Over(Math.Sqrt(query.shape[^1]));
        if (mask.Allowed is not null) scores = scores.Masked(mask.Allowed.logical_not(), double.NegativeInfinity);
        return matmul(FastDropout.Apply(scores.softmax(-1), dropout, training), value);
    }
}
