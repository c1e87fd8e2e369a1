using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with a new head.</summary>
/// <param name="owner">The trainer's name, for messages.</param>
/// <param name="description">One phrase for the log.</param>
/// <param name="opened">The encoder; stays as it is.</param>
/// <param name="options">How much of it learns.</param>
/// <param name="task">Makes the loss and the metric of a network, which may depend on the training rows.</param>
internal sealed class EncoderPredictorBuilder<TTask>(string owner, string description, TextModel<TextEncoder> opened, EncoderTextOptions options, Func<SequenceClassifier, LearningRows, TTask> task)
    : ITextPredictorBuilder<TTask> where TTask : ITrainingTask
{
    public string Description => description;

    public ISequenceEncoder Encoder => opened.Tokenizer;

    public TextModel<TextEncoder> Opened => opened;

    public int MaxLength { get; } = TunedEncoder.MaxLength(opened, options.MaxLength);

    public BuiltPredictor<TTask> Build(IReadOnlyList<string> labels, LearningRows rows, int seed)
    {
        TextModel<SequenceClassifier> model = TunedEncoder.WithHead(opened, options.Tuning, owner, labels, seed);
        TTask made;
        try
        {
            made = task(model.Network, rows);
        }
        catch
        {
            model.Dispose();
            throw;
        }
        return new(new EncoderPredictor(model, owner), made, run => TunedEncoder.Train(made, model.Network.Encoder, options.Tuning, seed, run));
    }

    public void Dispose() => opened.Dispose();
}
