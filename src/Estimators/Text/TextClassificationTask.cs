using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy over classes, with label smoothing, class weights and row weights.</summary>
/// <param name="network">From input ids, attention mask and token types to logits.</param>
/// <param name="layerCount">Its layers between embeddings and head.</param>
/// <param name="layerOf">The depth of a parameter.</param>
/// <param name="options">The loss.</param>
/// <param name="afterStep">See <see cref="ITrainingTask.AfterStep"/>; null = nothing.</param>
internal sealed class TextClassificationTask(
    nn.Module<Tensor, Tensor?, Tensor?, Tensor> network,
    int layerCount,
    Func<string, int> layerOf,
    IClassificationOptions options,
    Action? afterStep = null) : ITrainingTask
{
    public nn.Module Network => network;

    public int LayerCount => layerCount;

    public string SelectionMetric => "Accuracy";

    public bool HigherIsBetter => true;

    public int LayerOf(string parameterName) => layerOf(parameterName);

    public void AfterStep() => afterStep?.Invoke();

    public Tensor Loss(TrainingBatch batch) => RowLosses(Logits(batch), batch, options.LabelSmoothing).mean();

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (long rows, long correct, double loss) = (0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            Tensor logits = Logits(batch);
            loss += RowLosses(logits, batch, 0).sum().to(float64).item<double>();
            correct += logits.argmax(-1).eq(batch.Labels).sum().item<long>();
            rows += batch.Rows;
        }
        return new Dictionary<string, double> { ["Accuracy"] = (double)correct / rows, ["Loss"] = loss / rows };
    }

    // [B, K]; in float32, where a softmax over many classes is safe
    private Tensor Logits(TrainingBatch batch) => network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds).to(float32);

    // [B]
    private Tensor RowLosses(Tensor logits, TrainingBatch batch, double smoothing)
    {
        Tensor? weights = options.ClassWeights is null ? null : tensor(options.ClassWeights.Select(w => (float)w).ToArray(), device: logits.device);
        Tensor losses = nn.functional.cross_entropy(logits, batch.Labels, weights, reduction: nn.Reduction.None, label_smoothing: smoothing);
        return batch.Weights is null ? losses : losses * batch.Weights;
    }
}
