using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>A GPT over bytes whose weights are random and large, so that its choices are clear.</summary>
internal static class RandomGpt
{
    public static GptModel Model()
    {
        var config = new GptConfig { VocabSize = 257, HiddenSize = 16, LayerCount = 2, HeadCount = 2, MaxPositions = 24, Activation = Activation.Gelu, InitializerRange = 0.5 };
        var network = new GptDecoder(config, 11);
        network.eval();
        return new GptModel(network, GptTokenizer.Bytes());
    }
}
