using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Mean squared error of one number a row, learnt on a scale of deviation 1, with row weights. Evaluations are in the labels' own unit.</summary>
/// <param name="network">With one output.</param>
/// <param name="scale">Of what it learns.</param>
internal sealed class TextRegressionTask(SequenceClassifier network, LabelScale scale) : ITextPredictionTask
{
    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "Loss";

    public bool HigherIsBetter => false;

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public Tensor Loss(TrainingBatch batch)
    {
        Tensor squares = RowLosses(Outputs(batch), batch.Labels);
        return (batch.Weights is null ? squares : squares * batch.Weights).mean();
    }

    public Tensor Outputs(TrainingBatch batch) => Outputs(network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds));

    public Tensor Outputs(Tensor given) => given.to(float32).squeeze(1);

    public Tensor RowLosses(Tensor outputs, Tensor labels) => outputs.Minus(scale.Standardize(labels)).square();

    public Tensor RowLosses(Tensor outputs, Tensor answers, double temperature) => RowLosses(outputs, answers);

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (List<double> predicted, List<double> truth, List<double> weights) = ([], [], []);
        foreach (TrainingBatch batch in batches)
        {
            predicted.AddRange(Values(scale.Restore(Outputs(batch))));
            truth.AddRange(Values(batch.Labels));
            weights.AddRange(batch.Weights is null ? Enumerable.Repeat(1.0, batch.Rows) : Values(batch.Weights));
        }
        double loss = Enumerable.Range(0, truth.Count).Sum(i => weights[i] * (predicted[i] - truth[i]) * (predicted[i] - truth[i])) / truth.Count;
        var metrics = new Dictionary<string, double> { ["Loss"] = loss, ["RootMeanSquaredError"] = Math.Sqrt(loss * truth.Count / weights.Sum()) };
        // A diverged network's numbers end the run by its loss; one row, or labels that are all alike, have no correlation.
        if (truth.Count >= 2 && double.IsFinite(loss))
            (metrics["Pearson"], metrics["Spearman"]) = (Correlation.Pearson([.. predicted], [.. truth]), Correlation.Spearman([.. predicted], [.. truth]));
        return metrics;
    }

    /// <summary>Makes the scale part of the trained network's last layer, where that does no harm.</summary>
    /// <returns>What the network's outputs are still to be brought to.</returns>
    public LabelScale FoldScale(ScoringPrecision precision)
    {
        // Years, in 16 bits, would come in steps of eight.
        if (precision != ScoringPrecision.Float32) return scale;
        scale.FoldInto(network.LastLayer);
        return new(0, 1);
    }

    private static double[] Values(Tensor values) => values.to(float64).to(CPU).data<double>().ToArray();
}
