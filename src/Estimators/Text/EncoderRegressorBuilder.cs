using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with a new head for a number.</summary>
internal sealed class EncoderRegressorBuilder(string owner, string description, TextModel<TextEncoder> opened, EncoderTextOptions options) : ITextPredictorBuilder
{
    public string Description => description;

    public ISequenceEncoder Encoder => opened.Tokenizer;

    public int MaxLength { get; } = TunedEncoder.MaxLength(opened, options.MaxLength);

    /// <summary>What the trained network's outputs are still to be brought to.</summary>
    public LabelScale Scale { get; private set; } = new(0, 1);

    public BuiltPredictor Build(IReadOnlyList<string> labels, TokenStore train, int seed)
    {
        TextModel<SequenceClassifier> model = TunedEncoder.WithHead(opened, options.Tuning, owner, labels, seed);
        LabelScale scale = LabelScale.Of(train);
        Scale = scale;
        var task = new TextRegressionTask(model.Network, scale);
        return new(new EncoderPredictor(model), task, run => TunedEncoder.Train(task, model.Network.Encoder, options.Tuning, seed, run), () =>
        {
            // Years, in 16 bits, would come in steps of eight.
            if (options.ScoringPrecision != ScoringPrecision.Float32) return;
            scale.FoldInto(model.Network.LastLayer);
            Scale = new LabelScale(0, 1);
        });
    }

    public void Dispose() => opened.Dispose();
}
