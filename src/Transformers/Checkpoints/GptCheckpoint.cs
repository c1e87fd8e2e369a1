using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Reads and writes directories of GPT-2 in Hugging Face's layout.</summary>
internal static class GptCheckpoint
{
    public static GptConfig ReadConfig(string directory) => GptConfigFile.Read(CheckpointFiles.Require(directory, ConfigFile.Name));

    /// <summary>Copies a checkpoint's weights into a network of its shape.</summary>
    /// <exception cref="InvalidDataException">Lists every tensor that is missing, unexpected or of another shape.</exception>
    public static void Load(string directory, GptDecoder network)
    {
        using ITensorStore weights = CheckpointFiles.OpenWeights(directory);
        NamedWeights.Load(directory, weights, new GptTensorNames(), NamedWeights.Of(network));
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    public static void Save(string directory, GptDecoder network, WeightType weights, int endOfTextId)
    {
        Directory.CreateDirectory(directory);
        NamedWeights.Save(directory, new GptTensorNames(), NamedWeights.Of(network), weights);
        AtomicFile.Write(Path.Combine(directory, ConfigFile.Name), GptConfigFile.Write(network.Config, weights, endOfTextId));
    }
}
