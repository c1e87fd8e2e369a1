using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNet.Pretrain.Networks.Engine;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>
/// A layer whose four products are of 8-bit numbers. What stands between two products (scales, bias, residual, norm, rounding to 8 bits for the next) is one pass over a
/// row while it is in the first cache; states, softmax and norms are in float32.
/// </summary>
internal sealed unsafe class QuantizedLayer : IEngineLayer
{
    private const int Lanes = 16;

    private readonly TorchAbi _abi;
    private readonly Activation _activation;
    private readonly int _heads, _headSize;
    private readonly QuantizedLinear _projection, _attentionOutput, _intermediate, _output;
    private readonly RowNorm _attentionNorm, _norm;

    public QuantizedLayer(TorchAbi abi, EncoderLayer layer, TextEncoderConfig config)
    {
        (_abi, _activation, _heads, _headSize) = (abi, config.Activation, layer.Attention.HeadCount, layer.Attention.HeadSize);
        (_attentionNorm, _norm) = (RowNorm.Of(layer.Attention.Norm, config.LayerNormEpsilon), RowNorm.Of(layer.Norm, config.LayerNormEpsilon));
        _projection = Round(layer.QueryKeyValue);
        _attentionOutput = Round(layer.AttentionOutput);
        _intermediate = Round(layer.Intermediate);
        _output = Round(layer.Output);

        QuantizedLinear Round(AdaptableLinear linear) => new(abi, linear.Weight, linear.Bias);
    }

    /// <summary>Rounds the states that the first layer reads.</summary>
    public static void Begin(EngineBuffers buffers, TokenRows tokens, int hidden)
    {
        long size = (long)tokens.ProductRows * hidden;
        Quantize(buffers.States.Take<float>(size), tokens.Count, hidden, buffers.Bytes.Take<byte>(size), buffers.Scales.Take<RowScale>(tokens.Count));
    }

    public void Run(EngineBuffers buffers, TokenRows tokens)
    {
        (int count, int rows, int hidden, int width, int wide) = (tokens.Count, tokens.ProductRows, _norm.Width, _heads * _headSize, (int)_intermediate.Outputs);
        float* states = buffers.States.Take<float>((long)rows * hidden);
        float* context = buffers.Context.Take<float>((long)count * width);
        byte* bytes = buffers.Bytes.Take<byte>((long)rows * hidden), inner = buffers.InnerBytes.Take<byte>((long)rows * Math.Max(width, wide));
        RowScale* scales = buffers.Scales.Take<RowScale>(count), innerScales = buffers.InnerScales.Take<RowScale>(count);
        using (NativeTensor x = Over(bytes, rows, hidden), sums = _projection.Apply(x))
        {
            DequantizedRows source = _projection.Read(sums, scales);
            for (int row = 0; row < tokens.Rows; row++)
                buffers.Attention.Run<DequantizedRows, Float32Format>(source, context, tokens.Shape(row, _heads, _headSize));
        }
        Quantize(context, count, width, inner, innerScales);
        using (NativeTensor attended = Over(inner, rows, width), sums = _attentionOutput.Apply(attended))
            Finish(_attentionOutput.Read(sums, innerScales), _attentionNorm, count, states, bytes, scales);
        using (NativeTensor x = Over(bytes, rows, hidden), sums = _intermediate.Apply(x))
            Activate(_intermediate.Read(sums, scales), (float*)sums.Data, count, wide, inner, innerScales);
        using (NativeTensor activated = Over(inner, rows, wide), sums = _output.Apply(activated))
            Finish(_output.Read(sums, innerScales), _norm, count, states, bytes, scales);
    }

    public void Dispose()
    {
        foreach (QuantizedLinear linear in (QuantizedLinear[])[_projection, _attentionOutput, _intermediate, _output]) linear.Dispose();
    }

    private NativeTensor Over(byte* bytes, int rows, int columns) => _abi.Over(bytes, rows, columns, TorchSharp.torch.ScalarType.Byte);

    // states = norm(states + product), and in 8 bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(DequantizedRows product, RowNorm norm, int count, float* states, byte* bytes, RowScale* scales)
    {
        int width = norm.Width;
        for (int row = 0; row < count; row++, states += width)
        {
            int i = 0;
            for (; i + Lanes <= width; i += Lanes) (product.Load(row, i) + Vector512.Load(states + i)).Store(states + i);
            for (; i < width; i++) states[i] += product.Get(row, i);
            norm.Row<Float32Format>(states, states);
            scales[row] = RowQuantizer.Quantize(states, width, bytes + (nint)row * width);
        }
    }

    // activation(product) in the sums' own place, and in 8 bits.
    private void Activate(DequantizedRows product, float* sums, int count, int width, byte* bytes, RowScale* scales)
    {
        for (int row = 0; row < count; row++, sums += width)
        {
            ActivateRow(product, row, sums, width);
            scales[row] = RowQuantizer.Quantize(sums, width, bytes + (nint)row * width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ActivateRow(DequantizedRows product, int row, float* to, int width)
    {
        int i = 0;
        switch (_activation)
        {
            case Activation.Relu:
                for (; i + Lanes <= width; i += Lanes) Vector512.MaxNative(product.Load(row, i), Vector512<float>.Zero).Store(to + i);
                break;
            case Activation.GeluTanh:
                for (; i + Lanes <= width; i += Lanes) VectorMath.GeluTanh(product.Load(row, i)).Store(to + i);
                break;
            default:
                for (; i + Lanes <= width; i += Lanes) VectorMath.Gelu(product.Load(row, i)).Store(to + i);
                break;
        }
        for (; i < width; i++)
        {
            Vector512<float> value = Vector512.Create(product.Get(row, i));
            to[i] = (_activation switch { Activation.Relu => Vector512.MaxNative(value, Vector512<float>.Zero), Activation.GeluTanh => VectorMath.GeluTanh(value), _ => VectorMath.Gelu(value) }).ToScalar();
        }
    }

    private static void Quantize(float* rows, int count, int width, byte* bytes, RowScale* scales)
    {
        for (int row = 0; row < count; row++) scales[row] = RowQuantizer.Quantize(rows + (nint)row * width, width, bytes + (nint)row * width);
    }
}
