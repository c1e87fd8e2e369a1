using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>A linear layer of 8-bit weights, each output with a scale of its own, for rows of 8-bit numbers (<see cref="RowQuantizer"/>).</summary>
internal sealed unsafe class QuantizedLinear : IDisposable
{
    private const double Largest = 127;

    private readonly TorchAbi _abi;
    private readonly Tensor _packed, _scales, _zeros, _one, _zero, _columnSums, _bias;

    /// <summary>Rounds a layer's weights, as they are now.</summary>
    /// <param name="abi">libtorch.</param>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out]</param>
    /// <exception cref="InvalidOperationException">The product of this shape is wrong.</exception>
    public QuantizedLinear(TorchAbi abi, Tensor weight, Tensor bias)
    {
        _abi = abi;
        Outputs = weight.shape[0];
        using DisposeScope scope = NewDisposeScope();
        Tensor values = weight.detach().to(float32);
        // An output without weights would divide by 0.
        Tensor scales = values.abs().amax([1L]).Over(Largest).AtLeast(float.Epsilon);
        Tensor rounded = values.div(scales.unsqueeze(1)).round();
        _packed = abi.PackQuantized(rounded.to(int8).contiguous()).DetachFromDisposeScope();
        _columnSums = rounded.sum([1L]).mul(scales).DetachFromDisposeScope();
        _scales = scales.DetachFromDisposeScope();
        _bias = bias.detach().to(float32).clone().DetachFromDisposeScope();
        _zeros = zeros(Outputs, int32).DetachFromDisposeScope();
        _one = ones(1).DetachFromDisposeScope();
        _zero = zeros(1, int32).DetachFromDisposeScope();
        if (IsRight(rounded)) return;
        Dispose();
        throw new InvalidOperationException($"libtorch's 8-bit product with weights of [{string.Join(", ", weight.shape)}] is wrong");
    }

    /// <summary>Columns of the result.</summary>
    public long Outputs { get; }

    /// <summary>The sums of products, to be read by <see cref="Read"/>: [M, out] float32.</summary>
    /// <param name="x">[M, in] uint8.</param>
    public NativeTensor Apply(NativeTensor x) => _abi.QuantizedLinear(x, _one, _zero, _packed, _scales, _zeros);

    /// <summary>What the sums stand for: x weight' + bias.</summary>
    /// <param name="sums">What <see cref="Apply"/> gave.</param>
    /// <param name="rows">How x's rows are read.</param>
    public DequantizedRows Read(NativeTensor sums, RowScale* rows) => new((float*)sums.Data, rows, (nint)Outputs, (float*)_abi.Data(_columnSums), (float*)_abi.Data(_bias));

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[_packed, _scales, _zeros, _one, _zero, _columnSums, _bias]) tensor.Dispose();
    }

    private bool IsRight(Tensor rounded)
    {
        const int rows = 3;
        Tensor x = HeldScalars.Range(0, rows * rounded.shape[1], CPU).sin().Times(127).Plus(128).view(rows, rounded.shape[1]).to(uint8);
        Tensor found = _abi.Adopt(Apply(new NativeTensor(_abi, x.Handle))), expected = nn.functional.linear(x.to(float32), rounded).mul(_scales);
        return found.Minus(expected).norm().item<float>() <= 1e-4 * expected.norm().item<float>();
    }
}
