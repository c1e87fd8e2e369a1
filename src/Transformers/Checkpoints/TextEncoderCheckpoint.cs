using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Reads and writes directories of the BERT family in Hugging Face's layout.</summary>
internal static class TextEncoderCheckpoint
{
    /// <summary>Reads <c>config.json</c>; whether there is a pooler is seen from the weights, since older configurations do not say.</summary>
    public static CheckpointConfig ReadConfig(string directory)
    {
        CheckpointConfig config = ConfigFile.Read(CheckpointFiles.Require(directory, ConfigFile.Name));
        if (!config.Encoder.HasPooler) return config;
        using ITensorStore store = CheckpointFiles.OpenWeights(directory);
        var names = new TensorNames(config.Encoder);
        bool pooler = store.Entries.Keys.Any(name => names.Normalise(name) == "pooler.dense.weight");
        return config with { Encoder = config.Encoder with { HasPooler = pooler } };
    }

    /// <summary>A tokenizer may know fewer tokens than the embedding has rows (padding to a round number), never more.</summary>
    public static void CheckVocabulary(int vocabSize, CheckpointConfig config) => CheckpointFiles.CheckVocabulary(vocabSize, config.Encoder.VocabSize);

    /// <summary>Copies a checkpoint's weights into a network.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="network">A TextEncoder or SequenceClassifier.</param>
    /// <param name="config">What <see cref="ReadConfig"/> gave.</param>
    /// <param name="headRequired">Whether a missing head is an error; otherwise it keeps its initial weights.</param>
    /// <exception cref="InvalidDataException">Lists every tensor that is missing, unexpected or of another shape.</exception>
    public static void Load(string directory, nn.Module network, CheckpointConfig config, bool headRequired) =>
        NamedWeights.Load(directory, new TensorNames(config.Encoder), network, (parameter, isThere) => headRequired || !TensorNames.IsHead(parameter) || isThere());

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    public static void Save(string directory, nn.Module network, CheckpointConfig config, WeightType weights)
    {
        Directory.CreateDirectory(directory);
        NamedWeights.Save(directory, new TensorNames(config.Encoder), network, weights);
        AtomicFile.Write(Path.Combine(directory, ConfigFile.Name), ConfigFile.Write(config, weights, network.named_parameters().Any(p => TensorNames.IsHead(p.name))));
    }
}
