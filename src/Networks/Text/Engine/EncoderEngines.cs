using MLNet.Pretrain.Networks.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>Chooses what computes an encoder's hidden states.</summary>
internal static class EncoderEngines
{
    /// <summary>An engine for an encoder as it is now, where it is now; weights that change later do not reach it.</summary>
    /// <param name="encoder">On its device, in its number format.</param>
    /// <param name="quantized">Whether products are of 8-bit numbers.</param>
    /// <param name="why">Why the engine is the plain one; null where it is not.</param>
    public static IEncoderEngine Create(TextEncoder encoder, bool quantized, out string? why)
    {
        why = WhyPlain(encoder, quantized);
        if (why is not null) return new PlainEncoderEngine(encoder);
        try
        {
            return Pack(TorchAbi.Instance!, encoder, quantized);
        }
        catch (InvalidOperationException e)
        {
            // A libtorch that has the calls and refuses them.
            why = e.Message;
            return new PlainEncoderEngine(encoder);
        }
    }

    private static string? WhyPlain(TextEncoder encoder, bool quantized)
    {
        Tensor weight = encoder.WordEmbeddingWeight;
        if (EngineSwitch.IsPlain) return $"the switch {EngineSwitch.Name} is set";
        if (weight.device_type != DeviceType.CPU) return $"the network is on {weight.device}";
        if (!ProcessorFeatures.HasWideVectors) return "the processor has no AVX-512";
        if (quantized && !ProcessorFeatures.HasInt8Products) return "the processor has no AVX512-VNNI";
        if (weight.dtype == ScalarType.BFloat16 && !ProcessorFeatures.HasBFloat16) return "the processor has no AVX512-BF16";
        if (weight.dtype is not (ScalarType.Float32 or ScalarType.BFloat16)) return $"the weights are {weight.dtype}";
        if (encoder.Layers.Any(layer => layer.HeadMask is not null || layer.Linears.Any(linear => linear.Update is not null))) return "adapters or head masks are lent to the layers";
        return TorchAbi.Missing;
    }

    private static IEncoderEngine Pack(TorchAbi abi, TextEncoder encoder, bool quantized)
    {
        using IDisposable _ = no_grad();
        (Embeddings embeddings, TextEncoderConfig config) = (encoder.EmbeddingLayer, encoder.Config);
        if (quantized)
        {
            return new PackedEncoderEngine<Float32Format>(abi, embeddings, Layers(layer => new QuantizedLayer(abi, layer, config)), config.HiddenSize, "packed, 8-bit products",
                (buffers, tokens) => QuantizedLayer.Begin(buffers, tokens, config.HiddenSize));
        }
        return encoder.WordEmbeddingWeight.dtype == ScalarType.BFloat16
            ? new PackedEncoderEngine<BFloat16Format>(abi, embeddings, Layers(layer => new PackedLayer<BFloat16Format>(abi, layer, config)), PackedLinear.Pad(config.HiddenSize), "packed, bfloat16")
            : new PackedEncoderEngine<Float32Format>(abi, embeddings, Layers(layer => new PackedLayer<Float32Format>(abi, layer, config)), PackedLinear.Pad(config.HiddenSize), "packed, float32");

        IEngineLayer[] Layers(Func<EncoderLayer, IEngineLayer> make)
        {
            var made = new List<IEngineLayer>();
            try
            {
                foreach (EncoderLayer layer in encoder.Layers) made.Add(make(layer));
                return [.. made];
            }
            catch
            {
                foreach (IEngineLayer layer in made) layer.Dispose();
                throw;
            }
        }
    }
}
