using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Makes a <see cref="TextCnn"/>.</summary>
internal sealed class TextCnnBuilder(IEnumerable<IDataView> texts, TextCnnOptions options, Action checkCancellation)
    : WordNetworkBuilder<TextCnnOptions>(texts, options, options.FilterWidths.Max(), checkCancellation)
{
    protected override string Name => nameof(TextCnn);

    protected override (WordNetwork Network, WordPredictor Predictor, TextClassificationTask Task) Make(WordSequenceEncoder encoder, IReadOnlyList<string> labels, int seed)
    {
        var network = new TextCnn(new TextCnnConfig
        {
            VocabularySize = VocabularySize,
            EmbeddingSize = EmbeddingSize,
            FilterWidths = [.. Options.FilterWidths],
            FeatureMaps = Options.FeatureMaps,
            ClassCount = labels.Count,
            Dropout = Options.Dropout,
            TwoChannels = Options.Embeddings == WordEmbeddings.TwoChannels,
            PadTokenId = WordSequenceEncoder.PadId,
        }, seed);
        Action<AdamW>? afterStep = Options.MaxNorm > 0 ? optimizer => optimizer.Change(network.LastWeight, weight => TextCnn.LimitNorm(weight, Options.MaxNorm)) : null;
        return (network, new TextCnnPredictor(network, encoder, labels), new TextClassificationTask(network, 1, LayerOf, Options, afterStep));
    }

    private static int LayerOf(string parameterName) =>
        parameterName.Contains("embedding", StringComparison.Ordinal) ? 0 : parameterName.StartsWith("convs", StringComparison.Ordinal) ? 1 : 2;
}
