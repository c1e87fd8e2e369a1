using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy of an answer's first and last token; evaluations count windows.</summary>
/// <param name="network">The network.</param>
/// <param name="maxAnswerLength">Tokens of an answer at most.</param>
internal sealed class QuestionAnsweringTask(SpanClassifier network, int maxAnswerLength) : ITrainingTask
{
    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "F1";

    public bool HigherIsBetter => true;

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public Tensor Loss(TrainingBatch batch) => SpanClassifier.Loss(network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds), Starts(batch), Ends(batch));

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, double exact, double overlap, long windows) = (0, 0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            (Tensor starts, Tensor ends) = network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds);
            loss += SpanClassifier.Loss((starts, ends), Starts(batch), Ends(batch)).item<float>() * batch.Rows;
            long[] labels = batch.Labels.to(CPU).data<long>().ToArray();
            int length = (int)starts.shape[1];
            ReadOnlySpan<float> ofStarts = Floats(starts), ofEnds = Floats(ends);
            for (int row = 0; row < labels.Length; row++)
            {
                (int first, int last) = Predict(ofStarts.Slice(row * length, length), ofEnds.Slice(row * length, length));
                (int trueFirst, int trueLast) = ((int)(labels[row] / QuestionReader.StartFactor), (int)(labels[row] % QuestionReader.StartFactor));
                int common = Math.Max(0, Math.Min(last, trueLast) - Math.Max(first, trueFirst) + 1);
                overlap += 2.0 * common / (last - first + 1 + trueLast - trueFirst + 1);
                if (first == trueFirst && last == trueLast) exact++;
            }
            windows += labels.Length;
        }
        return new Dictionary<string, double> { [SelectionMetric] = overlap / windows, ["ExactMatch"] = exact / windows, ["Loss"] = loss / windows };
    }

    // The first token of all stands for no answer.
    private (int First, int Last) Predict(ReadOnlySpan<float> starts, ReadOnlySpan<float> ends)
    {
        bool[] allowed = new bool[starts.Length];
        Array.Fill(allowed, true, 1, allowed.Length - 1);
        return SpanSearch.Best(starts, ends, allowed, maxAnswerLength) is { } span && span.Score > starts[0] + ends[0] ? (span.Start, span.End) : (0, 0);
    }

    private static Tensor Starts(TrainingBatch batch)
    {
        using TorchSharp.Scalar factor = QuestionReader.StartFactor;
        return batch.Labels.div(factor, TorchSharp.torch.RoundingMode.floor);
    }

    private static Tensor Ends(TrainingBatch batch) => batch.Labels.Minus(Starts(batch).Times(QuestionReader.StartFactor));

    private static ReadOnlySpan<float> Floats(Tensor logits) => MemoryMarshal.Cast<byte, float>(logits.to(float32).to(CPU).contiguous().bytes);
}
