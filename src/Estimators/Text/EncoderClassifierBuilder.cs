using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with a new classification head.</summary>
internal sealed class EncoderClassifierBuilder(string owner, string description, TextModel<TextEncoder> opened, FineTuneTextOptions options) : ITextPredictorBuilder
{
    public string Description => description;

    public ISequenceEncoder Encoder => opened.Tokenizer;

    public int MaxLength { get; } = TunedEncoder.MaxLength(opened, options.MaxLength);

    public BuiltPredictor Build(IReadOnlyList<string> labels, TokenStore train, int seed)
    {
        TextModel<SequenceClassifier> model = TunedEncoder.WithHead(opened, options.Tuning, owner, labels, seed);
        int layers = model.Config.Encoder.LayerCount;
        var task = new TextClassificationTask(model.Network, layers, name => TrainedEncoder.LayerOf(name, "encoder.", layers), options);
        return new(new EncoderPredictor(model), task, run => TunedEncoder.Train(task, model.Network.Encoder, options.Tuning, seed, run));
    }

    public void Dispose() => opened.Dispose();
}
