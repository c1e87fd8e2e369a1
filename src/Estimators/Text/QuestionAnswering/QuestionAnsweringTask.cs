using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy of an answer's first and last token; evaluations count windows.</summary>
/// <param name="network">The network.</param>
/// <param name="tokenizer">Tells where contexts begin.</param>
/// <param name="options">Whether there may be no answer, and how long one may be.</param>
internal sealed class QuestionAnsweringTask(SpanClassifier network, SequenceTokenizer tokenizer, FineTuneQuestionAnsweringOptions options) : ITrainingTask
{
    public nn.Module Network => network;

    public int LayerCount => network.Encoder.Config.LayerCount;

    public string SelectionMetric => "F1";

    public bool HigherIsBetter => true;

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "encoder.", LayerCount);

    public Tensor Loss(TrainingBatch batch) => SpanClassifier.Loss(network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds), Starts(batch), Ends(batch));

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, double exact, double overlap, long rows, long windows) = (0, 0, 0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            (Tensor starts, Tensor ends) = network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds);
            long[] labels = batch.Labels.to(CPU).data<long>().ToArray(), ids = batch.InputIds.to(CPU).contiguous().data<long>().ToArray();
            loss += SpanClassifier.Loss((starts, ends), Starts(batch), Ends(batch)).item<float>() * batch.Rows;
            rows += batch.Rows;
            int length = (int)starts.shape[1];
            ReadOnlySpan<float> ofStarts = Floats(starts), ofEnds = Floats(ends);
            for (int row = 0; row < labels.Length; row++)
            {
                // Where there is always an answer, the best of all windows is given: what one says that does not hold it does not matter.
                if (labels[row] == 0 && !options.AllowNoAnswer) continue;
                (int first, int last) = Predict(ofStarts.Slice(row * length, length), ofEnds.Slice(row * length, length), ids.AsSpan(row * length, length));
                windows++;
                (int trueFirst, int trueLast) = ((int)(labels[row] / QuestionReader.StartFactor), (int)(labels[row] % QuestionReader.StartFactor));
                int common = Math.Max(0, Math.Min(last, trueLast) - Math.Max(first, trueFirst) + 1);
                overlap += 2.0 * common / (last - first + 1 + trueLast - trueFirst + 1);
                if (first == trueFirst && last == trueLast) exact++;
            }
        }
        return new Dictionary<string, double> { [SelectionMetric] = overlap / Math.Max(1, windows), ["ExactMatch"] = exact / Math.Max(1, windows), ["Loss"] = loss / rows };
    }

    // As the fitted model finds it: in the context, which lies between the separators. The first token of all stands for no answer.
    private (int First, int Last) Predict(ReadOnlySpan<float> starts, ReadOnlySpan<float> ends, ReadOnlySpan<long> ids)
    {
        int first = ids.IndexOf(tokenizer.SepTokenId) + tokenizer.SeparatorsBetween, last = ids.LastIndexOf(tokenizer.SepTokenId);
        bool[] allowed = new bool[starts.Length];
        if (last > first) Array.Fill(allowed, true, first, last - first);
        return SpanSearch.Best(starts, ends, allowed, options.Scoring.MaxAnswerLength) is { } span && !(options.AllowNoAnswer && span.Score <= starts[0] + ends[0]) ? (span.Start, span.End) : (0, 0);
    }

    private static Tensor Starts(TrainingBatch batch)
    {
        using TorchSharp.Scalar factor = HeldScalars.Of(QuestionReader.StartFactor);
        return batch.Labels.div(factor, TorchSharp.torch.RoundingMode.floor);
    }

    private static Tensor Ends(TrainingBatch batch) => batch.Labels.Minus(Starts(batch).Times(QuestionReader.StartFactor));

    private static ReadOnlySpan<float> Floats(Tensor logits) => MemoryMarshal.Cast<byte, float>(logits.to(float32).to(CPU).contiguous().bytes);
}
