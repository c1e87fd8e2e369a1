using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A network over word vectors with its words and classes: <c>config.json</c>, <c>model.safetensors</c>, <c>words.txt</c> and <c>phrases-*.txt</c> on disk.</summary>
internal abstract class WordPredictor(WordNetwork network, WordSequenceEncoder encoder, IReadOnlyList<string> labels) : ITextPredictor
{
    private const string WordsFile = "words.txt";

    public abstract string Kind { get; }

    public abstract string Owner { get; }

    public nn.Module<Tensor, Tensor?, Tensor?, Tensor> Network => network;

    public IEmbeddedTextNetwork EmbeddedNetwork => network;

    public int? MaskTokenId => null;

    public ISequenceEncoder Encoder => encoder;

    public IReadOnlyList<string> Labels => labels;

    public int ResolveMaxLength(int wanted) => wanted == 0 ? int.MaxValue / 2 : wanted;

    public void Save(string directory, WeightType weights, string? problemType)
    {
        Directory.CreateDirectory(directory);
        Describe(encoder.Splitter.Splitting).Write(directory);
        ModuleWeights.Save(Path.Combine(directory, ModuleWeights.FileName), network, weights);
        WordListFile.Write(Path.Combine(directory, WordsFile), encoder.Words);
        WordVectorFiles.SavePhrases(directory, encoder.Splitter);
    }

    public void Dispose() => network.Dispose();

    /// <summary>The network's configuration with that of its words.</summary>
    protected abstract WordNetworkFile Describe(WordSplitting splitting);

    /// <summary>Reads what stands beside the configuration.</summary>
    /// <param name="directory">Of a saved predictor.</param>
    /// <param name="file">Its configuration.</param>
    /// <param name="make">Makes the network.</param>
    /// <param name="widestFilter">See <see cref="WordSequenceEncoder"/>.</param>
    protected static (TNetwork Network, WordSequenceEncoder Encoder) Read<TNetwork>(string directory, WordNetworkFile file, Func<TNetwork> make, int widestFilter) where TNetwork : WordNetwork
    {
        WordTable words = WordListFile.Read(Path.Combine(directory, WordsFile));
        if (words.Count + WordSequenceEncoder.FirstWordId != file.VocabSize)
            throw new InvalidDataException($"'{directory}' has {words.Count} words, but its config.json a vocabulary of {file.VocabSize}; expected {WordSequenceEncoder.FirstWordId} more than the words. It was altered.");
        var encoder = new WordSequenceEncoder(WordVectorFiles.LoadSplitter(directory, file.Splitting), words, widestFilter);
        return (ModuleWeights.Load(Path.Combine(directory, ModuleWeights.FileName), make), encoder);
    }
}
