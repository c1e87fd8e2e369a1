using System.Runtime.InteropServices;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy of each word's tag, or with a conditional random field the negative log-likelihood of a window's tags, as a mean over words.</summary>
/// <param name="network">Encoder, head and field.</param>
/// <param name="stored">Takes tags out of ids.</param>
/// <param name="set">What tags mean.</param>
/// <param name="constrain">Whether evaluations decode under the scheme's rules. The likelihood knows none: a window may begin inside an entity.</param>
internal sealed class TokenClassificationTask(TokenClassifier network, StoredTags stored, TagSet set, bool constrain) : ITrainingTask
{
    private readonly TagRules? _rules = constrain ? set.Rules() : null;

    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => set.TrainedAs is null ? "Accuracy" : "F1";

    public bool HigherIsBetter => true;

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public TrainingBatch Prepare(TrainingBatch batch, long seed) => stored.Restore(batch);

    public Tensor Loss(TrainingBatch batch)
    {
        Tensor scores = Scores(batch);
        return network.Crf is null
            ? nn.functional.cross_entropy(scores.flatten(0, 1), batch.Targets!.flatten())   // passes over NoTag
            : Sum(scores, batch) / IsWord(batch).sum();
    }

    public double LossWeight(TrainingBatch batch) => IsWord(batch).sum().item<long>();

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        var decoder = new TagDecoder(network, _rules);
        (double loss, long words, long right, MatchCounts spans) = (0, 0, 0, default);
        foreach (TrainingBatch batch in batches)
        {
            Tensor scores = Scores(batch);
            loss += Sum(scores, batch).to(float64).item<double>();
            (List<string[]> truth, List<string[]> predicted) = Decode(decoder, scores, batch.Targets!);
            words += truth.Sum(row => row.Length);
            right += truth.Zip(predicted, (a, b) => a.Zip(b).LongCount(pair => pair.First == pair.Second)).Sum();
            if (set.TrainedAs is { } scheme) spans = MatchCounts.Sum([spans, SpanScores.OfTags(truth, predicted, scheme).Overall]);
        }
        var metrics = new Dictionary<string, double> { ["Loss"] = loss / words, ["Accuracy"] = (double)right / words };
        if (set.TrainedAs is not null) (metrics["Precision"], metrics["Recall"], metrics["F1"]) = (spans.Precision, spans.Recall, spans.F1);
        return metrics;
    }

    // [B, W, K], in float32, where a softmax over many tags is safe
    private Tensor Scores(TrainingBatch batch) => network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds, batch.Positions!).to(float32);

    // Over all words.
    private Tensor Sum(Tensor scores, TrainingBatch batch) => network.Crf is { } crf
        ? crf.NegativeLogLikelihood(scores, batch.Targets!, IsWord(batch)).sum()
        : nn.functional.cross_entropy(scores.flatten(0, 1), batch.Targets!.flatten(), reduction: nn.Reduction.Sum);

    private static Tensor IsWord(TrainingBatch batch) => batch.Targets!.Differs(StoredTags.NoTag);

    // The tags of each row's words, which stand at the row's beginning.
    private (List<string[]> Truth, List<string[]> Predicted) Decode(TagDecoder decoder, Tensor scores, Tensor targets)
    {
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(scores.to(CPU).contiguous().bytes);
        ReadOnlySpan<long> tags = MemoryMarshal.Cast<byte, long>(targets.to(CPU).contiguous().bytes);
        (int width, int tagCount) = ((int)scores.shape[1], network.TagCount);
        (List<string[]> truth, List<string[]> predicted) = ([], []);
        for (int row = 0; row < scores.shape[0]; row++)
        {
            ReadOnlySpan<long> own = tags.Slice(row * width, width);
            int count = own.IndexOf(StoredTags.NoTag) is >= 0 and int end ? end : width;
            (int[] actual, int[] found) = (new int[count], new int[count]);
            for (int i = 0; i < count; i++) actual[i] = (int)own[i];
            decoder.Decode(values.Slice(row * width * tagCount, count * tagCount), found, []);
            truth.Add(set.Names(actual));
            predicted.Add(set.Names(found));
        }
        return (truth, predicted);
    }
}
