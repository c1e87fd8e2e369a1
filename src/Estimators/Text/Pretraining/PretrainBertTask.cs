using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy of hidden words, and with pairs, of what is asked about them.</summary>
/// <param name="network">Encoder and heads.</param>
/// <param name="batches">Hides words.</param>
/// <param name="options">What is asked.</param>
/// <param name="sequenceLength">Tokens of the longest row.</param>
/// <param name="lesson">What a teacher says; null = there is none.</param>
internal sealed class PretrainBertTask(PretrainingNetwork network, PretrainingBatches batches, PretrainBertOptions options, int sequenceLength, PretrainingLesson? lesson = null) : ITrainingTask
{
    // Sentence vectors whose cosines are compared.
    private static readonly TextEncodingOptions s_passages = new() { InputColumnName = "", Pooling = Pooling.Mean, Normalize = true };

    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "Loss";

    public bool HigherIsBetter => false;

    // A passage is told from those of its batch.
    public bool ComparesRows => options.Packing == SequencePacking.SameDocumentPairs;

    public string? Fingerprint => lesson?.Fingerprint;

    // The output layer works on hidden tokens alone.
    public double FlopsPerToken
    {
        get
        {
            TextEncoderConfig c = network.Encoder.Config;
            double h = c.HiddenSize;
            // A teacher runs forward only, a third of what training costs.
            double teacher = lesson is null ? 0 : TrainedEncoder.FlopsPerToken(lesson.Teacher.Config, sequenceLength) / 3;
            return teacher + TrainedEncoder.FlopsPerToken(c, sequenceLength) + options.MaskProbability * 6 * (h * h + h * c.VocabSize);
        }
    }

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public TrainingBatch Prepare(TrainingBatch batch, long seed) => batches.Prepare(batch, seed);

    public Tensor Loss(TrainingBatch batch)
    {
        Tensor hidden = network.Encoder.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds);
        Tensor logits = WordLogits(hidden, batch);
        Tensor words = lesson?.Loss(batch, hidden, logits) ?? nn.functional.cross_entropy(logits, batch.Targets!);
        return options.IsPairs ? words.Plus(Pairs(hidden, batch).Loss.Times(options.PairLossWeight)) : words;
    }

    public IReadOnlyList<(long Rows, long Length)> Passes(TokenStore store, ReadOnlySpan<long> rows)
    {
        if (options.Packing != SequencePacking.SameDocumentPairs) return [(rows.Length, store.Length(rows[0]))];
        // Both passages of all rows at once.
        IReadOnlyList<(long Rows, long Length)> parts = TextParts.Passes(rows, row => [store.FirstSegmentLength(row), store.Length(row)]);
        return [(parts.Sum(part => part.Rows), parts.Max(part => part.Length))];
    }

    public double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions)
    {
        TextEncoderConfig c = network.Encoder.Config;
        double hidden = options.MaskProbability * passes.Sum(pass => (double)pass.Rows * pass.Length);
        return conditions.CrossEntropyBytes(hidden, c.VocabSize) + conditions.Bytes(8, hidden * c.HiddenSize) + (lesson?.BytesBeside(passes, hidden, conditions) ?? 0);
    }

    public void Diagnose(TrainingBatch batch) => lesson?.Diagnose(batch, network.Encoder.WordEmbeddingWeight.dtype);

    public double LossWeight(TrainingBatch batch) => batch.Targets!.Differs(PretrainingBatches.NoTarget).sum().item<long>();

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double wordLoss, long words, long right, double pairLoss, long pairs, long pairsRight) = (0, 0, 0, 0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            Tensor hidden = network.Encoder.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds);
            Tensor logits = WordLogits(hidden, batch);
            wordLoss += nn.functional.cross_entropy(logits, batch.Targets!, reduction: nn.Reduction.Sum).to(float64).item<double>();
            right += logits.argmax(-1).eq(batch.Targets!).sum().item<long>();
            words += batch.Targets!.Differs(PretrainingBatches.NoTarget).sum().item<long>();
            if (!options.IsPairs || !HasOthers(batch)) continue;
            (Tensor loss, Tensor correct) = Pairs(hidden, batch);
            pairLoss += loss.to(float64).item<double>() * batch.Rows;
            pairsRight += correct.item<long>();
            pairs += batch.Rows;
        }
        double loss0 = wordLoss / words;
        var metrics = new Dictionary<string, double> { ["Loss"] = loss0, ["WordLoss"] = loss0, ["WordPerplexity"] = Math.Exp(loss0), ["WordAccuracy"] = (double)right / words };
        if (pairs == 0) return metrics;
        (metrics["PairLoss"], metrics["PairAccuracy"]) = (pairLoss / pairs, (double)pairsRight / pairs);
        metrics["Loss"] = loss0 + options.PairLossWeight * metrics["PairLoss"];
        return metrics;
    }

    // [M, V], in float32, where a softmax over many words is safe
    private Tensor WordLogits(Tensor hidden, TrainingBatch batch) => network.PredictWords(hidden, batch.Positions!).to(float32);

    // Whether there is another document to tell passages from; without one the loss is 0 and means nothing.
    private bool HasOthers(TrainingBatch batch) => options.NeedsPooler || batch.Labels.ne(batch.Labels[0]).any().item<bool>();

    // The mean loss, and how many rows are right.
    private (Tensor Loss, Tensor Correct) Pairs(Tensor hidden, TrainingBatch batch)
    {
        if (options.NeedsPooler)
        {
            Tensor logits = network.PredictOrder(hidden).to(float32);
            return (nn.functional.cross_entropy(logits, batch.Labels), logits.argmax(-1).eq(batch.Labels).sum());
        }
        // The cosine of each first passage to each second one.
        Tensor[] sides = TextPooler.Pool(network.Encoder, s_passages, hidden.to(float32), batch.AttentionMask).chunk(2, 0);
        // Another passage of one's own document is no wrong answer.
        Tensor alike = batch.Labels.unsqueeze(0).eq(batch.Labels.unsqueeze(1)).logical_and(eye(batch.Rows, device: hidden.device).to(@bool).logical_not());
        Tensor scores = InBatchRanking.Scores(sides[0], sides[1], alike, options.Temperature);
        return (InBatchRanking.RowLosses(scores, symmetric: true).mean(), scores.argmax(-1).eq(HeldScalars.Range(0, batch.Rows, scores.device)).sum());
    }
}
