using System.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Reads and writes directories in Hugging Face's layout.</summary>
internal static class TextEncoderCheckpoint
{
    public const string Safetensors = "model.safetensors";
    public const string TorchPickle = "pytorch_model.bin";

    /// <summary>Reads <c>config.json</c>; whether there is a pooler is seen from the weights, since older configurations do not say.</summary>
    public static CheckpointConfig ReadConfig(string directory)
    {
        CheckpointConfig config = ConfigFile.Read(Require(directory, ConfigFile.Name));
        if (!config.Encoder.HasPooler) return config;
        using ITensorStore store = OpenWeights(directory);
        var names = new TensorNames(config.Encoder);
        bool pooler = store.Entries.Keys.Any(name => names.Normalise(name) == "pooler.dense.weight");
        return config with { Encoder = config.Encoder with { HasPooler = pooler } };
    }

    /// <summary>A tokenizer may know fewer tokens than the embedding has rows (padding to a round number), never more.</summary>
    public static void CheckVocabulary(int vocabSize, CheckpointConfig config)
    {
        if (vocabSize > config.Encoder.VocabSize)
            throw new InvalidDataException($"The vocabulary has {vocabSize} entries, but the embedding matrix has rows for {config.Encoder.VocabSize}; expected at most as many. The vocabulary belongs to another checkpoint.");
    }

    /// <summary>Whether a checkpoint holds a masked-language-model head, and a next-sentence head.</summary>
    public static (bool MaskedLanguageModel, bool NextSentence) FindHeads(string directory, CheckpointConfig config)
    {
        using ITensorStore store = OpenWeights(directory);
        var names = new TensorNames(config.Encoder);
        HashSet<string> found = [.. store.Entries.Keys.Select(names.Normalise)];
        return (found.Contains(names.TheirsOf("mlm.transform.weight")[0]), config.Encoder.Family == Networks.Text.TextEncoderFamily.Bert && found.Contains(names.TheirsOf("nsp.linear.weight")[0]));
    }

    /// <summary>Copies a checkpoint's weights into parameters.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="parameters">Those of an encoder, with or without heads, by their names in the network.</param>
    /// <param name="config">What <see cref="ReadConfig"/> gave.</param>
    /// <exception cref="InvalidDataException">Lists every tensor that is missing, unexpected or of another shape.</exception>
    public static void Load(string directory, IReadOnlyList<(string Name, Parameter Parameter)> parameters, CheckpointConfig config)
    {
        using ITensorStore store = OpenWeights(directory);
        var names = new TensorNames(config.Encoder);
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (TensorEntry entry in store.Entries.Values) entries[names.Normalise(entry.Name)] = entry;
        Check(directory, names, entries, parameters);

        using IDisposable _ = no_grad();
        foreach ((string name, Parameter parameter) in parameters)
        {
            using var scope = NewDisposeScope();
            Tensor[] parts = [.. names.TheirsOf(name).Select(theirs => store.Read(entries[theirs].Name))];
            parameter.copy_(parts.Length == 1 ? parts[0] : cat(parts, 0));
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="directory">Made where absent.</param>
    /// <param name="parameters">Those of an encoder, with or without heads, by their names in the network.</param>
    /// <param name="config">The encoder's shape and labels.</param>
    /// <param name="weights">Number format.</param>
    public static void Save(string directory, IReadOnlyList<(string Name, Parameter Parameter)> parameters, CheckpointConfig config, WeightType weights)
    {
        Directory.CreateDirectory(directory);
        var names = new TensorNames(config.Encoder);
        ScalarType type = weights switch
        {
            WeightType.Float16 => ScalarType.Float16,
            WeightType.BFloat16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        var tensors = new List<KeyValuePair<string, Tensor>>();
        foreach ((string name, Parameter parameter) in parameters)
        {
            string[] theirs = names.TheirsOf(name);
            Tensor[] parts = theirs.Length == 1 ? [parameter] : parameter.chunk(theirs.Length, 0);
            for (int i = 0; i < parts.Length; i++) tensors.Add(KeyValuePair.Create(names.WithPrefix(name, theirs[i]), parts[i].to(type)));
        }
        SafetensorsWriter.Write(Path.Combine(directory, Safetensors), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.Write(Path.Combine(directory, ConfigFile.Name), ConfigFile.Write(config, weights, Task(parameters, config)));
    }

    // The end of the architecture's name, as Hugging Face's libraries call it.
    private static string Task(IReadOnlyList<(string Name, Parameter Parameter)> parameters, CheckpointConfig config)
    {
        if (parameters.Any(p => TensorNames.IsClassifier(p.Name))) return "ForSequenceClassification";
        if (!parameters.Any(p => TensorNames.IsMaskedLanguageModel(p.Name))) return "Model";
        // ForPreTraining has both heads and the pooler under one of them.
        return config.Encoder.HasPooler && parameters.Any(p => TensorNames.IsNextSentence(p.Name)) ? "ForPreTraining" : "ForMaskedLM";
    }

    private static void Check(string directory, TensorNames names, Dictionary<string, TensorEntry> entries, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        var problems = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, Parameter parameter) in parameters)
        {
            string[] theirs = names.TheirsOf(name);
            long[] expected = [parameter.shape[0] / theirs.Length, .. parameter.shape[1..]];
            foreach (string their in theirs)
            {
                used.Add(their);
                if (!entries.TryGetValue(their, out TensorEntry? entry)) problems.Add($"missing: {their} [{string.Join(", ", expected)}]");
                else if (!entry.Shape.SequenceEqual(expected)) problems.Add($"another shape: {entry.Name} is {entry.ShapeText}, expected [{string.Join(", ", expected)}]");
            }
        }
        problems.AddRange(entries.Where(e => !used.Contains(e.Key) && !TensorNames.IsOfOtherTask(e.Key)).Select(e => $"unexpected: {e.Value.Name} {e.Value.ShapeText}"));
        if (problems.Count == 0) return;
        var message = new StringBuilder($"The weights in '{directory}' do not fit its {ConfigFile.Name}: {problems.Count} tensors differ. They belong to another model or another configuration.");
        foreach (string problem in problems.Order(StringComparer.Ordinal)) message.Append("\n  ").Append(problem);
        throw new InvalidDataException(message.ToString());
    }

    private static ITensorStore OpenWeights(string directory)
    {
        string safetensors = Path.Combine(directory, Safetensors), pickle = Path.Combine(directory, TorchPickle);
        if (File.Exists(safetensors)) return SafetensorsFile.Open(safetensors);
        return File.Exists(pickle) ? TorchPickleFile.Open(pickle) : throw NotFound(directory, $"{Safetensors} or {TorchPickle}");
    }

    private static string Require(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? path : throw NotFound(directory, name);
    }

    private static IOException NotFound(string directory, string expected)
    {
        if (!Directory.Exists(directory))
            return new DirectoryNotFoundException($"Checkpoint directory '{directory}' was not found; expected a directory with {ConfigFile.Name}, {Safetensors} and a vocabulary.");
        string found = string.Join(", ", Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        return new FileNotFoundException($"Checkpoint directory '{directory}' has no {expected}. Found: {(found.Length == 0 ? "nothing" : found)}. Expected {ConfigFile.Name}, {Safetensors} and a vocabulary, as Hugging Face's libraries write them.");
    }
}
