using MLNet.Pretrain.Networks.Text;
using TorchSharp.Modules;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A directory of the BERT family in Hugging Face's layout: its configuration, and its weights file, open.</summary>
internal sealed class TextEncoderCheckpoint : IDisposable
{
    /// <summary>The task of a <see cref="TokenClassifier"/>, whose parameters have the names of a classifier of texts.</summary>
    public const string TokenClassification = "ForTokenClassification";

    private readonly string _directory;
    private readonly ITensorStore _weights;
    private readonly TensorNames _names;
    private readonly HashSet<string> _found;

    private TextEncoderCheckpoint(string directory, CheckpointConfig config, ITensorStore weights)
    {
        (_directory, _weights, _names) = (directory, weights, new TensorNames(config.Encoder));
        _found = [.. weights.Entries.Keys.Select(_names.Normalise)];
        // Older configurations do not say whether there is a pooler.
        Config = config with { Encoder = config.Encoder with { HasPooler = config.Encoder.HasPooler && _found.Contains("pooler.dense.weight") } };
    }

    /// <summary>What <c>config.json</c> says; whether there is a pooler is seen from the weights.</summary>
    public CheckpointConfig Config { get; }

    /// <summary>Whether it holds a masked-language-model head.</summary>
    public bool HasMaskedLanguageModel => _found.Contains(_names.TheirsOf("mlm.transform.weight")[0]);

    /// <summary>Whether it holds a next-sentence head.</summary>
    public bool HasNextSentence => Config.Encoder.Family == TextEncoderFamily.Bert && _found.Contains(_names.TheirsOf("nsp.linear.weight")[0]);

    /// <summary>Reads the configuration and opens the weights.</summary>
    public static TextEncoderCheckpoint Open(string directory)
    {
        CheckpointConfig config = ConfigFile.Read(CheckpointFiles.Require(directory, ConfigFile.Name));
        return new TextEncoderCheckpoint(directory, config, CheckpointFiles.OpenWeights(directory));
    }

    /// <summary>A tokenizer may know fewer tokens than the embedding has rows (padding to a round number), never more.</summary>
    public static void CheckVocabulary(int vocabSize, CheckpointConfig config) => CheckpointFiles.CheckVocabulary(vocabSize, config.Encoder.VocabSize);

    /// <summary>Copies the weights into parameters.</summary>
    /// <param name="parameters">Those of an encoder, with or without heads, by their names in the network.</param>
    /// <exception cref="InvalidDataException">Lists every tensor that is missing, unexpected or of another shape.</exception>
    public void Load(IReadOnlyList<(string Name, Parameter Parameter)> parameters) => NamedWeights.Load(_directory, _weights, _names, parameters);

    public void Dispose() => _weights.Dispose();

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
