using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>The losses of an encoder over pairs of texts, each encoded by itself (Reimers and Gurevych 2019).</summary>
/// <param name="network">The encoder.</param>
/// <param name="batches">Takes pairs apart.</param>
/// <param name="options">The loss.</param>
/// <param name="sequenceLength">Tokens of the longest text.</param>
internal sealed class EmbeddingTask(TextEncoder network, EmbeddingBatches batches, FineTuneEmbeddingsOptions options, int sequenceLength) : ITrainingTask
{
    private readonly TextEncodingOptions _vectors = new() { InputColumnName = "", Pooling = options.Pooling, Normalize = true };

    public nn.Module Network => network;

    public int LayerCount => network.Config.LayerCount;

    public double FlopsPerToken => TrainedEncoder.FlopsPerToken(network.Config, sequenceLength);

    public string SelectionMetric => IsRanking ? "MeanReciprocalRank" : "Spearman";

    public bool HigherIsBetter => true;

    public bool ComparesRows => IsRanking;

    private bool IsRanking => options.Loss == EmbeddingLoss.InBatchRanking;

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "", LayerCount);

    public IReadOnlyList<(long Rows, long Length)> Passes(TokenStore store, ReadOnlySpan<long> rows) => TextParts.Passes(rows, row => batches.Ends(store, row));

    public TrainingBatch Prepare(TrainingBatch batch, long seed) => batches.Prepare(batch);

    public Tensor Loss(TrainingBatch batch) => IsRanking
        ? InBatchRanking.RowLosses(Scores(batch), options.Symmetric).mean()
        : nn.functional.mse_loss(Cosines(batch), batch.Labels);

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches) => IsRanking ? EvaluateRanking(batches) : EvaluateRegression(batches);

    private Dictionary<string, double> EvaluateRanking(IEnumerable<TrainingBatch> batches)
    {
        (double loss, double reciprocal, long right, long rows) = (0, 0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            Tensor scores = Scores(batch);
            // A row with nothing to be told from would count as right.
            Tensor counted = scores.isfinite().sum(1).Differs(1);
            Tensor ranks = InBatchRanking.Ranks(scores)[counted].to(float64);
            loss += InBatchRanking.RowLosses(scores, options.Symmetric)[counted].to(float64).sum().item<double>();
            reciprocal += ranks.reciprocal().sum().item<double>();
            right += ranks.le(HeldScalars.One).sum().item<long>();
            rows += ranks.numel();
        }
        return new() { ["Loss"] = loss / rows, ["Accuracy"] = (double)right / rows, ["MeanReciprocalRank"] = reciprocal / rows };
    }

    private Dictionary<string, double> EvaluateRegression(IEnumerable<TrainingBatch> batches)
    {
        List<double> cosines = [], labels = [];
        foreach (TrainingBatch batch in batches)
        {
            cosines.AddRange(Cosines(batch).to(float64).cpu().data<double>());
            labels.AddRange(batch.Labels.to(float64).cpu().data<double>());
        }
        double loss = cosines.Zip(labels, (cosine, label) => (cosine - label) * (cosine - label)).Average();
        // Of one row, or of vectors that are no numbers, nothing can be said.
        bool defined = cosines.Count > 1 && double.IsFinite(loss);
        (double[] x, double[] y) = ([.. cosines], [.. labels]);
        return new() { ["Loss"] = loss, ["Pearson"] = defined ? Correlation.Pearson(x, y) : double.NaN, ["Spearman"] = defined ? Correlation.Spearman(x, y) : double.NaN };
    }

    // [B, B], or [B, 2 B] with hard negatives
    private Tensor Scores(TrainingBatch batch)
    {
        Tensor[] parts = Encode(batch);
        return InBatchRanking.Scores(parts[0], parts.Length == 2 ? parts[1] : cat(parts[1..]), batch.Excluded, options.Temperature);
    }

    // [B]
    private Tensor Cosines(TrainingBatch batch)
    {
        Tensor[] parts = Encode(batch);
        return (parts[0] * parts[1]).sum(1);
    }

    // [B, H] for each part, of length 1. Apart, for queries are mostly far shorter than what they seek.
    private Tensor[] Encode(TrainingBatch batch)
    {
        return [.. batch.PartWidths!.Select((width, part) =>
        {
            Tensor? mask = batch.AttentionMask is { } all ? Part(all) : null;
            Tensor hidden = network.forward(Part(batch.InputIds), mask, null);
            return TextPooler.Pool(network, _vectors, hidden, mask);

            Tensor Part(Tensor rows) => rows.narrow(0, part * batch.Rows, batch.Rows).narrow(1, 0, width);
        })];
    }
}
