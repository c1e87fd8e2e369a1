namespace MLNet.Pretrain.Checkpoints;

/// <summary>The files of a directory in Hugging Face's layout, found or named as missing.</summary>
internal static class CheckpointFiles
{
    public const string Safetensors = "model.safetensors";
    public const string TorchPickle = "pytorch_model.bin";

    public static ITensorStore OpenWeights(string directory)
    {
        string safetensors = Path.Combine(directory, Safetensors), pickle = Path.Combine(directory, TorchPickle);
        if (File.Exists(safetensors)) return Int8Store.Open(safetensors);
        return File.Exists(pickle) ? TorchPickleFile.Open(pickle) : throw NotFound(directory, $"{Safetensors} or {TorchPickle}");
    }

    public static string Require(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? path : throw NotFound(directory, name);
    }

    /// <summary>A tokenizer may know fewer tokens than the embedding has rows (padding to a round number), never more.</summary>
    public static void CheckVocabulary(int vocabSize, int rows)
    {
        if (vocabSize > rows)
            throw new InvalidDataException($"The vocabulary has {vocabSize} entries, but the embedding matrix has rows for {rows}; expected at most as many. The vocabulary belongs to another checkpoint.");
    }

    private static IOException NotFound(string directory, string expected)
    {
        if (!Directory.Exists(directory))
            return new DirectoryNotFoundException($"Checkpoint directory '{directory}' was not found; expected a directory with {ConfigFile.Name}, {Safetensors} and a vocabulary.");
        string found = string.Join(", ", Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        return new FileNotFoundException($"Checkpoint directory '{directory}' has no {expected}. Found: {(found.Length == 0 ? "nothing" : found)}. Expected {ConfigFile.Name}, {Safetensors} and a vocabulary, as Hugging Face's libraries write them.");
    }
}
