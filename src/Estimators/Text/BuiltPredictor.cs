using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A network to be trained.</summary>
/// <typeparam name="TTask">Its task.</typeparam>
/// <param name="Model">The network.</param>
/// <param name="Task">Its loss; after training also what was learnt beside the weights.</param>
/// <param name="Adapt">Trains a task by the function given, with adapters in the encoder's place; null = the task is trained as it is.</param>
internal sealed record BuiltPredictor<TTask>(ITextPredictor Model, TTask Task, Func<Func<ITrainingTask, TrainingResult>, TrainingResult>? Adapt = null) : IDisposable where TTask : ITrainingTask
{
    /// <summary>Trains it, whatever part of it learns.</summary>
    /// <param name="run">Trains a task.</param>
    public TrainingResult Train(Func<ITrainingTask, TrainingResult> run) => Adapt is null ? run(Task) : Adapt(run);

    public void Dispose() => Model.Dispose();
}
