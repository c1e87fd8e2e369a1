using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A linear layer of an encoder, <c>x weight' + bias</c>, to which a low-rank update may be lent.</summary>
internal sealed class AdaptableLinear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight, bias;

    /// <summary>Makes a layer whose weights nobody has set yet.</summary>
    public AdaptableLinear(int inputs, int outputs) : base(nameof(AdaptableLinear))
    {
        (weight, bias) = (new Parameter(UnsetWeights.Of(outputs, inputs)), new Parameter(UnsetWeights.Of(outputs)));
        RegisterComponents();
    }

    /// <summary>[out, in]</summary>
    public Parameter Weight => weight;

    /// <summary>[out]</summary>
    public Parameter Bias => bias;

    /// <summary>What is added to the result; belongs to the adapters, not to this layer.</summary>
    public LoraUpdate? Update { get; set; }

    // x: [..., in] -> [..., out]
    public override Tensor forward(Tensor x)
    {
        Tensor y = nn.functional.linear(x, weight, bias);
        if (Update is null) return y;
        using (y) return Update.AddTo(y, x, training);
    }
}
