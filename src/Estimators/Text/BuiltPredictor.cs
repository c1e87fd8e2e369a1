using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A network to be trained.</summary>
/// <param name="Model">The network.</param>
/// <param name="Task">Its loss.</param>
/// <param name="Adapt">Trains a task by the function given, with adapters in the encoder's place; null = the task is trained as it is.</param>
/// <param name="Finish">Done to the trained network; null = nothing.</param>
internal sealed record BuiltPredictor(ITextPredictor Model, ITrainingTask Task, Func<Func<ITrainingTask, TrainingResult>, TrainingResult>? Adapt = null, Action? Finish = null) : IDisposable
{
    /// <summary>Trains it, whatever part of it learns.</summary>
    /// <param name="run">Trains a task.</param>
    public TrainingResult Train(Func<ITrainingTask, TrainingResult> run)
    {
        TrainingResult result = Adapt is null ? run(Task) : Adapt(run);
        Finish?.Invoke();
        return result;
    }

    public void Dispose() => Model.Dispose();
}
