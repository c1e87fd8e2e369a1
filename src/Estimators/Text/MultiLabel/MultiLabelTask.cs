using System.Runtime.InteropServices;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Binary cross-entropy of every label by itself, a row's loss being the mean over labels, with weights of labels and rows.</summary>
/// <param name="network">With one output a label.</param>
/// <param name="options">Weights and thresholds.</param>
internal sealed class MultiLabelTask(SequenceClassifier network, FineTuneMultiLabelOptions options) : ITrainingTask
{
    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "Loss";

    public bool HigherIsBetter => false;

    /// <summary>The probability from which on each label is given; those tuned once training is over.</summary>
    public IReadOnlyList<double> Thresholds { get; private set; } = options.InitialThresholds(network.ClassCount);

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public Tensor Loss(TrainingBatch batch) => RowLosses(Logits(batch), batch).mean();

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        var labels = new MatchCounts[network.ClassCount];
        (double loss, long rows, long exact) = (0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            Tensor logits = Logits(batch);
            loss += RowLosses(logits, batch).sum().to(float64).item<double>();
            ReadOnlySpan<float> scores = Values(logits.sigmoid()), truth = Values(batch.Labels);
            for (int row = 0; row < batch.Rows; row++)
            {
                bool right = true;
                for (int label = 0; label < labels.Length; label++)
                {
                    int at = row * labels.Length + label;
                    (int actual, int found) = ((int)truth[at], scores[at] >= Thresholds[label] ? 1 : 0);
                    MatchCounts before = labels[label];
                    labels[label] = new(before.Right + actual * found, before.Predicted + found, before.Actual + actual);
                    right &= actual == found;
                }
                if (right) exact++;
            }
            rows += batch.Rows;
        }
        var all = new MultiLabelScores(labels, rows, exact);
        return new Dictionary<string, double>
        {
            ["Loss"] = loss / rows,
            ["MicroF1"] = all.MicroF1,
            ["MacroF1"] = all.MacroF1,
            ["SubsetAccuracy"] = all.SubsetAccuracy,
            ["HammingLoss"] = all.HammingLoss,
        };
    }

    public void AfterTraining(IEnumerable<TrainingBatch> batches)
    {
        if (options.Thresholds is not null) return;
        (List<float> scores, List<float> truth) = ([], []);
        foreach (TrainingBatch batch in batches)
        {
            scores.AddRange(Values(Logits(batch).sigmoid()));
            truth.AddRange(Values(batch.Labels));
        }
        int labels = network.ClassCount;
        Thresholds = [.. Enumerable.Range(0, labels).Select(label => ThresholdSearch.BestF1(Column(scores, label), [.. Column(truth, label).Select(value => value > 0)]))];

        float[] Column(List<float> values, int label) => [.. Enumerable.Range(0, values.Count / labels).Select(row => values[row * labels + label])];
    }

    // [B, K]; in float32, where small probabilities are still told apart
    private Tensor Logits(TrainingBatch batch) => network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds).to(float32);

    // [B]
    private Tensor RowLosses(Tensor logits, TrainingBatch batch)
    {
        Tensor? weights = options.PositiveWeights is null ? null : tensor(options.PositiveWeights.Select(w => (float)w).ToArray()).SentTo(logits.device);
        Tensor losses = nn.functional.binary_cross_entropy_with_logits(logits, batch.Labels, null, nn.Reduction.None, weights).mean([1]);
        return batch.Weights is null ? losses : losses * batch.Weights;
    }

    private static ReadOnlySpan<float> Values(Tensor values) => MemoryMarshal.Cast<byte, float>(values.to(CPU).contiguous().bytes);
}
