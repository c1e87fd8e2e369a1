using System.Globalization;
using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Makes a <see cref="TextLstm"/>.</summary>
internal sealed class TextLstmBuilder(IEnumerable<IDataView> texts, TextLstmOptions options, Action checkCancellation)
    : WordNetworkBuilder<TextLstmOptions>(texts, options, TextLstmPredictor.Reach, checkCancellation)
{
    protected override string Name => nameof(TextLstm);

    protected override (WordNetwork Network, WordPredictor Predictor, TextClassificationTask Task) Make(WordSequenceEncoder encoder, IReadOnlyList<string> labels, int seed)
    {
        var network = new TextLstm(new TextLstmConfig
        {
            VocabularySize = VocabularySize,
            EmbeddingSize = EmbeddingSize,
            HiddenSize = Options.HiddenSize,
            LayerCount = Options.LayerCount,
            Pooling = Options.Pooling,
            ClassCount = labels.Count,
            Dropout = Options.Dropout,
            TwoChannels = Options.Embeddings == WordEmbeddings.TwoChannels,
            PadTokenId = WordSequenceEncoder.PadId,
        }, seed);
        return (network, new TextLstmPredictor(network, encoder, labels), new TextClassificationTask(network, Options.LayerCount, LayerOf, Options));
    }

    // forward_layer_0.input_linearity.weight
    private int LayerOf(string parameterName)
    {
        if (parameterName.Contains("embedding", StringComparison.Ordinal)) return 0;
        const string Layer = "_layer_";
        int at = parameterName.IndexOf(Layer, StringComparison.Ordinal);
        return at < 0 ? Options.LayerCount + 1 : 1 + int.Parse(parameterName.AsSpan(at + Layer.Length, parameterName.IndexOf('.') - at - Layer.Length), CultureInfo.InvariantCulture);
    }
}
