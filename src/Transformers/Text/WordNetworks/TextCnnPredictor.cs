using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>A fitted <see cref="TextCnn"/>.</summary>
internal sealed class TextCnnPredictor(TextCnn network, WordSequenceEncoder encoder, IReadOnlyList<string> labels) : WordPredictor(network, encoder, labels)
{
    public const string KindName = "textcnn";
    private const string Name = "TextCnn";

    public override string Kind => KindName;

    public override string Owner => Name;

    public TextCnn Cnn { get; } = network;

    public static TextCnnPredictor Load(string directory)
    {
        TextCnnFile file = WordNetworkFile.Read<TextCnnFile>(directory, KindName, Name);
        var config = new TextCnnConfig
        {
            VocabularySize = file.VocabSize,
            EmbeddingSize = file.EmbeddingSize,
            FilterWidths = file.FilterSizes,
            FeatureMaps = file.NumFilters,
            ClassCount = file.Labels.Length,
            Dropout = file.Dropout,
            TwoChannels = file.TwoChannels,
            PadTokenId = file.PadTokenId,
        };
        (TextCnn network, WordSequenceEncoder encoder) = Read(directory, file, () => new TextCnn(config), config.FilterWidths.Max());
        return new(network, encoder, file.Labels);
    }

    protected override WordNetworkFile Describe(WordSplitting splitting) => new TextCnnFile
    {
        ModelType = KindName,
        VocabSize = Cnn.Config.VocabularySize,
        EmbeddingSize = Cnn.Config.EmbeddingSize,
        FilterSizes = [.. Cnn.Config.FilterWidths],
        NumFilters = Cnn.Config.FeatureMaps,
        Dropout = Cnn.Config.Dropout,
        TwoChannels = Cnn.Config.TwoChannels,
        PadTokenId = Cnn.Config.PadTokenId,
        WordUnit = splitting.Unit,
        Lowercase = splitting.Lowercase,
        Labels = [.. Labels],
    };
}
