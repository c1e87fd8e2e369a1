using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Squared earth mover's distance between the classes' probabilities and the true class (Hou et al. 2016): the further off, the dearer.</summary>
/// <param name="network">With one output a class, in their order.</param>
internal sealed class OrdinalTask(SequenceClassifier network) : ITrainingTask
{
    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "MeanAbsoluteError";

    public bool HigherIsBetter => false;

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public Tensor Loss(TrainingBatch batch) => RowLosses(Logits(batch), batch).mean();

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, long off, long rows) = (0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            Tensor logits = Logits(batch);
            loss += RowLosses(logits, batch).sum().to(float64).item<double>();
            off += logits.argmax(-1).Minus(batch.Labels).abs().sum().item<long>();
            rows += batch.Rows;
        }
        return new Dictionary<string, double> { ["Loss"] = loss / rows, ["MeanAbsoluteError"] = (double)off / rows };
    }

    // [B, K]
    private Tensor Logits(TrainingBatch batch) => network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds).to(float32);

    // [B]
    private static Tensor RowLosses(Tensor logits, TrainingBatch batch)
    {
        Tensor classes = HeldScalars.Range(0, logits.shape[1], logits.device);
        Tensor truth = batch.Labels.unsqueeze(-1).le(classes).to(float32);   // [B, K], 1 from the true class on
        Tensor losses = logits.softmax(-1).cumsum(-1).Minus(truth).square().sum(-1);
        return batch.Weights is null ? losses : losses * batch.Weights;
    }
}
