using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>
/// A linear layer whose weights stand in the order in which oneDNN reads them, with what follows it done before its results leave the registers. Its results are as many as
/// <see cref="Pad"/> makes of them, those beyond the layer's own being the activation of 0.
/// </summary>
internal sealed unsafe class PackedLinear : IDisposable
{
    // libtorch 2.10 packs some float32 shapes (48, 96 or 160 outputs, say) in one order and reads them in another; multiples of this are right.
    private const int Multiple = 64;

    private readonly TorchAbi _abi;
    private readonly Tensor _packed, _bias;

    /// <summary>Packs a layer's weights, float32 or bfloat16, as they are now.</summary>
    /// <param name="abi">libtorch.</param>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out]</param>
    /// <param name="inputs">Numbers of a row of x: in, or more, those beyond being 0.</param>
    /// <exception cref="InvalidOperationException">The packed product of this shape is wrong.</exception>
    public PackedLinear(TorchAbi abi, Tensor weight, Tensor bias, int inputs)
    {
        _abi = abi;
        (long outputs, long unused) = (Pad((int)weight.shape[0]), inputs - weight.shape[1]);
        Outputs = (int)outputs;
        using DisposeScope scope = NewDisposeScope();
        long missing = outputs - weight.shape[0];
        Tensor values = missing == 0 && unused == 0 ? weight.detach() : nn.functional.pad(weight.detach(), [0, unused, 0, missing]);
        _bias = (missing == 0 ? bias.detach().clone() : nn.functional.pad(bias.detach(), [0, missing])).DetachFromDisposeScope();
        _packed = abi.Pack(values).DetachFromDisposeScope();
        if (IsRight(values)) return;
        Dispose();
        throw new InvalidOperationException($"libtorch's packed product with {values.dtype} weights of [{string.Join(", ", values.shape)}] is wrong");
    }

    /// <summary>Numbers of a row of results.</summary>
    public int Outputs { get; }

    /// <summary>How many numbers a row of so many takes.</summary>
    public static int Pad(int width) => (width + Multiple - 1) / Multiple * Multiple;

    /// <summary>x weight' + bias, [M, <see cref="Outputs"/>].</summary>
    public NativeTensor Apply(NativeTensor x) => _abi.Linear(x, _packed, _bias, "none\0"u8, "\0"u8);

    /// <summary>activation(x weight' + bias), [M, <see cref="Outputs"/>].</summary>
    public NativeTensor Apply(NativeTensor x, Activation activation) => activation switch
    {
        Activation.Relu => _abi.Linear(x, _packed, _bias, "relu\0"u8, "\0"u8),
        Activation.GeluTanh => _abi.Linear(x, _packed, _bias, "gelu\0"u8, "tanh\0"u8),
        _ => _abi.Linear(x, _packed, _bias, "gelu\0"u8, "none\0"u8),
    };

    /// <summary>x weight' + bias + residual, [M, <see cref="Outputs"/>].</summary>
    public NativeTensor AddTo(NativeTensor residual, NativeTensor x) => _abi.LinearAdd(x, residual, _packed, _bias);

    public void Dispose()
    {
        _packed.Dispose();
        _bias.Dispose();
    }

    private bool IsRight(Tensor weight)
    {
        const int rows = 3;
        Tensor x = HeldScalars.Range(0, rows * weight.shape[1], CPU).sin().view(rows, weight.shape[1]).to(weight.dtype);
        Tensor found = _abi.Adopt(Apply(new NativeTensor(_abi, x.Handle))).to(float32), expected = nn.functional.linear(x, weight, _bias).to(float32);
        double allowed = weight.dtype == ScalarType.Float32 ? 1e-4 : 0.05;
        return found.Minus(expected).norm().item<float>() <= allowed * expected.norm().item<float>();
    }
}
