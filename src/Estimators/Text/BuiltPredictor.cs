using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A network to be trained.</summary>
/// <param name="Model">The network.</param>
/// <param name="Task">Its loss.</param>
/// <param name="Finish">Done to the trained network; null = nothing.</param>
internal sealed record BuiltPredictor(ITextPredictor Model, ITrainingTask Task, Action? Finish = null)
{
    /// <summary>Frees what a training that failed leaves.</summary>
    public void Abandon()
    {
        (Task as IDisposable)?.Dispose();
        Model.Dispose();
    }

    /// <summary>An encoder with its head, and with adapters where they are wanted.</summary>
    public static BuiltPredictor Of(TextModel<SequenceClassifier> model, ITrainingTask task, EncoderTuning tuning, int seed, Action? finish = null)
    {
        if (tuning.Lora is null) return new(new EncoderPredictor(model), task, finish);
        var adapted = new AdaptedTask(task, model.Network.Encoder, tuning.Lora, seed);
        return new(new EncoderPredictor(model), adapted, () =>
        {
            adapted.Finish(tuning.LoraFile);
            finish?.Invoke();
        });
    }
}
