using TorchSharp.Modules;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Reads and writes directories of the BERT family in Hugging Face's layout.</summary>
internal static class TextEncoderCheckpoint
{
    /// <summary>The task of a <see cref="Networks.Text.TokenClassifier"/>, whose parameters have the names of a classifier of texts.</summary>
    public const string TokenClassification = "ForTokenClassification";

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

    /// <summary>Whether a checkpoint holds a masked-language-model head, and a next-sentence head.</summary>
    public static (bool MaskedLanguageModel, bool NextSentence) FindHeads(string directory, CheckpointConfig config)
    {
        using ITensorStore store = CheckpointFiles.OpenWeights(directory);
        var names = new TensorNames(config.Encoder);
        HashSet<string> found = [.. store.Entries.Keys.Select(names.Normalise)];
        return (found.Contains(names.TheirsOf("mlm.transform.weight")[0]), config.Encoder.Family == Networks.Text.TextEncoderFamily.Bert && found.Contains(names.TheirsOf("nsp.linear.weight")[0]));
    }

    /// <summary>Copies a checkpoint's weights into parameters.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="parameters">Those of an encoder, with or without heads, by their names in the network.</param>
    /// <param name="config">What <see cref="ReadConfig"/> gave.</param>
    /// <exception cref="InvalidDataException">Lists every tensor that is missing, unexpected or of another shape.</exception>
    public static void Load(string directory, IReadOnlyList<(string Name, Parameter Parameter)> parameters, CheckpointConfig config) =>
        NamedWeights.Load(directory, new TensorNames(config.Encoder), parameters);

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="directory">Made where absent.</param>
    /// <param name="parameters">Those of an encoder, with or without heads, by their names in the network.</param>
    /// <param name="config">The encoder's shape and labels.</param>
    /// <param name="weights">Number format.</param>
    /// <param name="task">The end of the architecture's name; null = seen from the parameters, where a classifier counts as one of whole texts.</param>
    /// <param name="problemType">What a classifier's outputs are, as Hugging Face's libraries call it; null = they see it from the labels.</param>
    public static void Save(string directory, IReadOnlyList<(string Name, Parameter Parameter)> parameters, CheckpointConfig config, WeightType weights, string? task = null, string? problemType = null)
    {
        Directory.CreateDirectory(directory);
        NamedWeights.Save(directory, new TensorNames(config.Encoder), parameters, weights);
        AtomicFile.Write(Path.Combine(directory, ConfigFile.Name), ConfigFile.Write(config, weights, task ?? Task(parameters, config), problemType));
    }

    // The end of the architecture's name, as Hugging Face's libraries call it.
    private static string Task(IReadOnlyList<(string Name, Parameter Parameter)> parameters, CheckpointConfig config)
    {
        if (parameters.Any(p => TensorNames.IsClassifier(p.Name))) return "ForSequenceClassification";
        if (parameters.Any(p => TensorNames.IsSpanHead(p.Name))) return "ForQuestionAnswering";
        if (!parameters.Any(p => TensorNames.IsMaskedLanguageModel(p.Name))) return "Model";
        // ForPreTraining has both heads and the pooler under one of them.
        return config.Encoder.HasPooler && parameters.Any(p => TensorNames.IsNextSentence(p.Name)) ? "ForPreTraining" : "ForMaskedLM";
    }
}
