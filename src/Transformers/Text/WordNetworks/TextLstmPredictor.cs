using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>A fitted <see cref="TextLstm"/>. Its rows carry no filler of their own.</summary>
internal sealed class TextLstmPredictor(TextLstm network, WordSequenceEncoder encoder, IReadOnlyList<string> labels) : WordPredictor(network, encoder, labels)
{
    public const string KindName = "textlstm";
    private const string Name = "TextLstm";

    /// <summary>What a row's encoder takes for its widest filter.</summary>
    public const int Reach = 1;

    public override string Kind => KindName;

    public override string Owner => Name;

    public TextLstm Lstm { get; } = network;

    public static TextLstmPredictor Load(string directory)
    {
        TextLstmFile file = WordNetworkFile.Read<TextLstmFile>(directory, KindName, Name);
        var config = new TextLstmConfig
        {
            VocabularySize = file.VocabSize,
            EmbeddingSize = file.EmbeddingSize,
            HiddenSize = file.HiddenSize,
            LayerCount = file.NumLayers,
            Pooling = file.Pooling,
            ClassCount = file.Labels.Length,
            Dropout = file.Dropout,
            TwoChannels = file.TwoChannels,
            PadTokenId = file.PadTokenId,
        };
        (TextLstm network, WordSequenceEncoder encoder) = Read(directory, file, () => new TextLstm(config), Reach);
        return new(network, encoder, file.Labels);
    }

    protected override WordNetworkFile Describe(WordSplitting splitting) => new TextLstmFile
    {
        ModelType = KindName,
        VocabSize = Lstm.Config.VocabularySize,
        EmbeddingSize = Lstm.Config.EmbeddingSize,
        HiddenSize = Lstm.Config.HiddenSize,
        NumLayers = Lstm.Config.LayerCount,
        Pooling = Lstm.Config.Pooling,
        Dropout = Lstm.Config.Dropout,
        TwoChannels = Lstm.Config.TwoChannels,
        PadTokenId = Lstm.Config.PadTokenId,
        WordUnit = splitting.Unit,
        Lowercase = splitting.Lowercase,
        Labels = [.. Labels],
    };
}
