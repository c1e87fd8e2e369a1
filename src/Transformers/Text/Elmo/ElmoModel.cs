using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>An <see cref="Elmo"/> with how it divides texts and the words that it foresees: <c>config.json</c>, <c>model.safetensors</c>, <c>words.txt</c> on disk. Owns the network's native memory.</summary>
internal sealed class ElmoModel(Elmo network, WordSplitter splitter, LanguageModelWords words, int maxRowLength) : IDisposable
{
    private const string WordsFile = "words.txt";

    public Elmo Network => network;

    public WordSplitter Splitter => splitter;

    /// <summary>The words of the output layer.</summary>
    public LanguageModelWords Words => words;

    /// <summary>Places of a row, begin and end of text included.</summary>
    public int MaxRowLength => maxRowLength;

    public void Save(string directory, WeightType weights)
    {
        Directory.CreateDirectory(directory);
        ElmoConfigFile.Write(directory, network.Config, splitter.Splitting, maxRowLength);
        ModuleWeights.Save(Path.Combine(directory, ModuleWeights.FileName), network, weights);
        WordListFile.Write(Path.Combine(directory, WordsFile), words.Table);
    }

    public static ElmoModel Load(string directory)
    {
        (ElmoConfig config, WordSplitting splitting, int maxRowLength) = ElmoConfigFile.Read(directory);
        var words = new LanguageModelWords(WordListFile.Read(Path.Combine(directory, WordsFile)));
        if (words.Count != config.VocabularySize)
            throw new InvalidDataException($"'{directory}' has {words.Count} words, special ones included, but its config.json a vocabulary of {config.VocabularySize}. It was altered.");
        Elmo network = ModuleWeights.Load(Path.Combine(directory, ModuleWeights.FileName), () => new Elmo(config));
        return new ElmoModel(network, new WordSplitter(splitting), words, maxRowLength);
    }

    /// <summary>A copy with weights of its own, in float32 on the CPU.</summary>
    public ElmoModel Copy()
    {
        using var unset = new UnsetWeights();
        var copy = new Elmo(network.Config);
        using IDisposable gradients = TorchSharp.torch.no_grad();
        foreach ((TorchSharp.Modules.Parameter from, TorchSharp.Modules.Parameter to) in network.parameters().Zip(copy.parameters())) to.copy_(from);
        return new ElmoModel(copy, splitter, words, maxRowLength);
    }

    public void Dispose() => network.Dispose();
}
