using MLNet.Pretrain.Networks.Engine;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>A layer in float32 or bfloat16: four products with bias, activation and residual fused, attention and norms between them.</summary>
internal sealed unsafe class PackedLayer<TFormat> : IEngineLayer where TFormat : struct, INumberFormat
{
    private readonly TorchAbi _abi;
    private readonly Activation _activation;
    private readonly int _heads, _headSize, _stride;
    private readonly PackedLinear _projection, _attentionOutput, _intermediate, _output;
    private readonly RowNorm _attentionNorm, _norm;

    public PackedLayer(TorchAbi abi, EncoderLayer layer, TextEncoderConfig config)
    {
        (_abi, _activation, _heads, _headSize) = (abi, config.Activation, layer.Attention.HeadCount, layer.Attention.HeadSize);
        (_attentionNorm, _norm) = (RowNorm.Of(layer.Attention.Norm, config.LayerNormEpsilon), RowNorm.Of(layer.Norm, config.LayerNormEpsilon));
        _stride = PackedLinear.Pad(config.HiddenSize);
        _projection = Pack(layer.QueryKeyValue, _stride);
        _attentionOutput = Pack(layer.AttentionOutput, _heads * _headSize);
        _intermediate = Pack(layer.Intermediate, _stride);
        _output = Pack(layer.Output, _intermediate.Outputs);

        PackedLinear Pack(AdaptableLinear linear, int inputs) => new(abi, linear.Weight, linear.Bias, inputs);
    }

    public void Run(EngineBuffers buffers, TokenRows tokens)
    {
        (int count, int rows, int width) = (tokens.Count, tokens.ProductRows, _heads * _headSize);
        byte* states = buffers.States.Take<byte>((long)rows * _stride * TFormat.Size);
        byte* context = buffers.Context.Take<byte>((long)rows * width * TFormat.Size);
        using NativeTensor x = _abi.Over(states, rows, _stride, TFormat.Type), attended = _abi.Over(context, rows, width, TFormat.Type);
        using (NativeTensor projected = _projection.Apply(x))
        {
            var source = new PlainRows<TFormat>(projected.Data, _projection.Outputs);
            for (int row = 0; row < tokens.Rows; row++)
                buffers.Attention.Run<PlainRows<TFormat>, TFormat>(source, context, tokens.Shape(row, _heads, _headSize));
        }
        using NativeTensor middle = _attentionOutput.AddTo(x, attended);
        _attentionNorm.Apply<TFormat>(middle.Data, middle.Data, count, _stride);
        using NativeTensor inner = _intermediate.Apply(middle, _activation), sum = _output.AddTo(middle, inner);
        _norm.Apply<TFormat>(sum.Data, states, count, _stride);
    }

    public void Dispose()
    {
        foreach (PackedLinear linear in (PackedLinear[])[_projection, _attentionOutput, _intermediate, _output]) linear.Dispose();
    }
}
