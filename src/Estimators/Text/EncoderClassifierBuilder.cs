using System.Globalization;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with a new head.</summary>
internal sealed class EncoderClassifierBuilder(string description, TextModel<TextEncoder> opened, FineTuneTextOptions options, int seed) : ITextClassifierBuilder
{
    private const string LayerPrefix = "encoder.layers.";

    public string Description => description;

    public ISequenceEncoder Encoder => opened.Tokenizer;

    public int MaxLength { get; } = opened.ResolveMaxLength(options.MaxLength == 0 ? 0 : Math.Min(options.MaxLength, opened.Config.Encoder.MaxSequenceLength));

    public (ITextClassifierModel Model, ITrainingTask Task) Build(IReadOnlyList<string> labels)
    {
        TextEncoderConfig config = opened.Config.Encoder;
        if (options.Dropout is { } dropout) config = config with { HiddenDropout = dropout, AttentionDropout = dropout };
        TextModel<TextEncoder> own = opened.CopyEncoder(config);
        double headDropout = options.Dropout ?? opened.Config.ClassifierDropout ?? config.HiddenDropout;
        var network = new SequenceClassifier(own.Network, labels.Count, headDropout, seed);
        var model = new TextModel<SequenceClassifier>(network, own.Tokenizer, own.Config with { Labels = labels, ClassifierDropout = headDropout });
        int layers = config.LayerCount;
        return (new EncoderClassifierModel(model), new TextClassificationTask(network, layers, name => LayerOf(name, layers), options));
    }

    public void Dispose() => opened.Dispose();

    private static int LayerOf(string parameterName, int layers)
    {
        if (parameterName.StartsWith("encoder.embeddings.", StringComparison.Ordinal)) return 0;
        if (!parameterName.StartsWith(LayerPrefix, StringComparison.Ordinal)) return layers + 1;
        ReadOnlySpan<char> rest = parameterName.AsSpan(LayerPrefix.Length);
        return int.Parse(rest[..rest.IndexOf('.')], CultureInfo.InvariantCulture) + 1;
    }
}
