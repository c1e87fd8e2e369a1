using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>A task that changes a part of another one and passes on all the rest: what one of several such tasks forgot to pass on would be lost without a word.</summary>
internal abstract class TaskAround(ITrainingTask inner) : ITrainingTask
{
    public virtual nn.Module Network => inner.Network;

    public int LayerCount => inner.LayerCount;

    public double FlopsPerToken => inner.FlopsPerToken;

    public virtual string? Fingerprint => inner.Fingerprint;

    public string SelectionMetric => inner.SelectionMetric;

    public bool HigherIsBetter => inner.HigherIsBetter;

    public bool ComparesRows => inner.ComparesRows;

    public IReadOnlyList<(long Rows, long Length)> Passes(TokenStore store, ReadOnlySpan<long> rows) => inner.Passes(store, rows);

    public virtual double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions) => inner.BytesBeside(passes, conditions);

    public virtual int LayerOf(string parameterName) => inner.LayerOf(parameterName);

    public TrainingBatch Prepare(TrainingBatch batch, long seed) => inner.Prepare(batch, seed);

    public virtual Tensor Loss(TrainingBatch batch) => inner.Loss(batch);

    public virtual void Diagnose(TrainingBatch batch) => inner.Diagnose(batch);

    public double LossWeight(TrainingBatch batch) => inner.LossWeight(batch);

    public void AfterStep(AdamW optimizer) => inner.AfterStep(optimizer);

    public virtual bool CanValidate(TokenStore rows, long row) => inner.CanValidate(rows, row);

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches) => inner.Evaluate(batches);

    public void AfterTraining(IEnumerable<TrainingBatch> batches) => inner.AfterTraining(batches);
}
