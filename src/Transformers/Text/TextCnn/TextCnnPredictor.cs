using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="TextCnn"/> with its words and classes: <c>config.json</c>, <c>model.safetensors</c>, <c>words.txt</c> and <c>phrases-*.txt</c> on disk.</summary>
internal sealed class TextCnnPredictor(TextCnn network, WordSequenceEncoder encoder, IReadOnlyList<string> labels) : ITextPredictor
{
    public const string KindName = "textcnn";
    private const string WordsFile = "words.txt";

    public string Kind => KindName;

    public string Owner => "TextCnn";

    public TextCnn Cnn => network;

    public nn.Module<Tensor, Tensor?, Tensor?, Tensor> Network => network;

    public IEmbeddedTextNetwork EmbeddedNetwork => network;

    public int? MaskTokenId => null;

    public ISequenceEncoder Encoder => encoder;

    public IReadOnlyList<string> Labels => labels;

    public int ResolveMaxLength(int wanted) => wanted == 0 ? int.MaxValue / 2 : wanted;

    public void Save(string directory, WeightType weights, string? problemType)
    {
        Directory.CreateDirectory(directory);
        TextCnnConfigFile.Write(directory, network.Config, encoder.Splitter.Splitting, labels);
        ModuleWeights.Save(Path.Combine(directory, ModuleWeights.FileName), network, weights);
        WordListFile.Write(Path.Combine(directory, WordsFile), encoder.Words);
        WordVectorFiles.SavePhrases(directory, encoder.Splitter);
    }

    public static TextCnnPredictor Load(string directory)
    {
        (TextCnnConfig config, WordSplitting splitting, IReadOnlyList<string> labels) = TextCnnConfigFile.Read(directory);
        WordTable words = WordListFile.Read(Path.Combine(directory, WordsFile));
        if (words.Count + WordSequenceEncoder.FirstWordId != config.VocabularySize)
            throw new InvalidDataException($"'{directory}' has {words.Count} words, but its config.json a vocabulary of {config.VocabularySize}; expected {WordSequenceEncoder.FirstWordId} more than the words. It was altered.");
        MLNet.Pretrain.Networks.TorchRuntime.EnsureLoaded();
        var network = new TextCnn(config);
        try
        {
            ModuleWeights.Load(Path.Combine(directory, ModuleWeights.FileName), network);
            return new TextCnnPredictor(network, new WordSequenceEncoder(WordVectorFiles.LoadSplitter(directory, splitting), words, config.FilterWidths.Max()), labels);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public void Dispose() => network.Dispose();
}
