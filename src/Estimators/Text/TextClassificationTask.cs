using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
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
    Action<AdamW>? afterStep = null) : ITextPredictionTask
{
    public nn.Module Network => network;

    public int LayerCount => layerCount;

    public string SelectionMetric => "Accuracy";

    public bool HigherIsBetter => true;

    public int LayerOf(string parameterName) => layerOf(parameterName);

    public void AfterStep(AdamW optimizer) => afterStep?.Invoke(optimizer);

    public Tensor Loss(TrainingBatch batch) => Weighted(RowLosses(Outputs(batch), batch.Labels), batch).mean();

    public Tensor Outputs(TrainingBatch batch) => Outputs(network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds));

    // In float32, where a softmax over many classes is safe.
    public Tensor Outputs(Tensor given) => given.to(float32);

    public Tensor RowLosses(Tensor outputs, Tensor labels) => CrossEntropy(outputs, labels, options.LabelSmoothing);

    public Tensor RowLosses(Tensor outputs, Tensor answers, double temperature) => SoftTargets.RowLosses(outputs, answers, temperature);

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (long rows, long correct, double loss) = (0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            Tensor logits = Outputs(batch);
            loss += Weighted(CrossEntropy(logits, batch.Labels, 0), batch).sum().to(float64).item<double>();
            correct += logits.argmax(-1).eq(batch.Labels).sum().item<long>();
            rows += batch.Rows;
        }
        return new Dictionary<string, double> { ["Accuracy"] = (double)correct / rows, ["Loss"] = loss / rows };
    }

    // [B]
    private Tensor CrossEntropy(Tensor logits, Tensor labels, double smoothing)
    {
        Tensor? weights = options.ClassWeights is null ? null : tensor(options.ClassWeights.Select(w => (float)w).ToArray()).SentTo(logits.device);
        return nn.functional.cross_entropy(logits, labels, weights, reduction: nn.Reduction.None, label_smoothing: smoothing);
    }

    private static Tensor Weighted(Tensor losses, TrainingBatch batch) => batch.Weights is null ? losses : losses * batch.Weights;
}
