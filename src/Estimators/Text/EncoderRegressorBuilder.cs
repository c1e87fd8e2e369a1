using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with a new head for a number.</summary>
internal sealed class EncoderRegressorBuilder(string owner, string description, TextModel<TextEncoder> opened, FineTuneTextRegressionOptions options, int seed) : ITextPredictorBuilder
{
    public string Description => description;

    public ISequenceEncoder Encoder => opened.Tokenizer;

    public int MaxLength { get; } = TunedEncoder.MaxLength(opened, options.MaxLength);

    public BuiltPredictor Build(IReadOnlyList<string> labels, TokenStore train)
    {
        TextModel<SequenceClassifier> model = TunedEncoder.WithHead(opened, options.Tuning, owner, labels, seed);
        LabelScale scale = LabelScale.Of(train);
        var task = new TextRegressionTask(model.Network, scale);
        return new(new EncoderPredictor(model), task, run => TunedEncoder.Train(task, model.Network.Encoder, options.Tuning, seed, run), () => scale.FoldInto(model.Network.LastLayer));
    }

    public void Dispose() => opened.Dispose();
}
