using System.Globalization;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy over classes, with label smoothing, class weights and row weights.</summary>
internal sealed class TextClassificationTask(SequenceClassifier network, double labelSmoothing, IReadOnlyList<double>? classWeights) : ITrainingTask
{
    private const string LayerPrefix = "encoder.layers.";

    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "Accuracy";

    public bool HigherIsBetter => true;

    public int LayerOf(string parameterName)
    {
        if (parameterName.StartsWith("encoder.embeddings.", StringComparison.Ordinal)) return 0;
        if (!parameterName.StartsWith(LayerPrefix, StringComparison.Ordinal)) return LayerCount + 1;
        ReadOnlySpan<char> rest = parameterName.AsSpan(LayerPrefix.Length);
        return int.Parse(rest[..rest.IndexOf('.')], CultureInfo.InvariantCulture) + 1;
    }

    public Tensor Loss(TrainingBatch batch) => RowLosses(Logits(batch), batch, labelSmoothing).mean();

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
        Tensor? weights = classWeights is null ? null : tensor(classWeights.Select(w => (float)w).ToArray(), device: logits.device);
        Tensor losses = nn.functional.cross_entropy(logits, batch.Labels, weights, reduction: nn.Reduction.None, label_smoothing: smoothing);
        return batch.Weights is null ? losses : losses * batch.Weights;
    }
}
