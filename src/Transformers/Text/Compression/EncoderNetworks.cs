using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>The networks that are an encoder or stand on one.</summary>
internal static class EncoderNetworks
{
    /// <summary>A network of the same kind around an encoder of another shape, on the CPU, with first weights of its own.</summary>
    public static TNetwork Like<TNetwork>(TNetwork network, TextEncoderConfig encoder, CheckpointConfig config) where TNetwork : nn.Module
    {
        nn.Module made = network switch
        {
            TextEncoder => new TextEncoder(encoder),
            SequenceClassifier classifier => new SequenceClassifier(new TextEncoder(encoder), classifier.ClassCount, config.ClassifierDropout ?? config.Encoder.HiddenDropout),
            _ => throw new NotSupportedException($"A {network.GetType().Name} cannot be made smaller; expected an encoder or one with a head for whole texts."),
        };
        return (TNetwork)made;
    }
}
