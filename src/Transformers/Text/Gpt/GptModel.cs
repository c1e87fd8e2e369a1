using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A GPT with its tokenizer: what a checkpoint directory holds. Owns the network's native memory.</summary>
internal sealed class GptModel : IDisposable
{
    public GptModel(GptDecoder network, GptTokenizer tokenizer)
    {
        CheckpointFiles.CheckVocabulary(tokenizer.VocabSize, network.Config.VocabSize);
        (Network, Tokenizer) = (network, tokenizer);
    }

    public GptDecoder Network { get; }

    public GptTokenizer Tokenizer { get; }

    /// <summary>Reads a directory in Hugging Face's layout.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="change">Changes the configuration in what no weight depends on; null = as it is.</param>
    public static GptModel Load(string directory, Func<GptConfig, GptConfig>? change = null)
    {
        TorchRuntime.EnsureLoaded();
        GptConfig config = GptCheckpoint.ReadConfig(directory);
        // The tokenizer takes about as long as the network.
        Task<GptTokenizer> tokenizer = Task.Run(() =>
        {
            GptTokenizer read = GptTokenizer.Load(directory);
            CheckpointFiles.CheckVocabulary(read.VocabSize, config.VocabSize);
            return read;
        });
        using var unset = new UnsetWeights();
        GptDecoder? network = null;
        try
        {
            network = new GptDecoder(change?.Invoke(config) ?? config);
            GptCheckpoint.Load(directory, network);
            return new GptModel(network, tokenizer.GetAwaiter().GetResult());
        }
        catch
        {
            network?.Dispose();
            tokenizer.GetAwaiter().GetResult();   // the directory is its owner's again; what is wrong with the tokenizer says more
            throw;
        }
    }

    /// <summary>A copy with weights of its own, in float32 on the CPU.</summary>
    public GptModel Copy(Func<GptConfig, GptConfig>? change = null)
    {
        using var unset = new UnsetWeights();
        var network = new GptDecoder(change?.Invoke(Network.Config) ?? Network.Config);
        using (no_grad())
        {
            foreach (var (target, source) in network.parameters().Zip(Network.parameters())) target.copy_(source);
        }
        return new GptModel(network, Tokenizer);
    }

    /// <summary>Writes a directory in Hugging Face's layout. Each file is replaced only once its new content is complete.</summary>
    public void Save(string directory, WeightType weights)
    {
        GptCheckpoint.Save(directory, Network, weights, Tokenizer.EndOfTextId);
        Tokenizer.Save(directory);
    }

    public void Dispose() => Network.Dispose();
}
