using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>An encoder's vectors of texts, and of their translations, are pulled to a teacher's vectors of the texts (Reimers and Gurevych 2020).</summary>
/// <param name="network">The student.</param>
/// <param name="padTokenId">Fills rows.</param>
/// <param name="vectors">The teacher's, a row of the training store each.</param>
/// <param name="held">The same of validation rows; null = these are rows of the training store.</param>
/// <param name="options">The loss.</param>
/// <param name="sequenceLength">Tokens of the longest text.</param>
internal sealed class EmbeddingDistillationTask(TextEncoder network, int padTokenId, TeacherAnswers vectors, TeacherAnswers? held, DistillEmbeddingsOptions options, int sequenceLength) : ITrainingTask
{
    private readonly TextEncodingOptions _encoding = options.Encoding("Vector", "Text");

    public nn.Module Network => network;

    public int LayerCount => network.Config.LayerCount;

    public double FlopsPerToken => TrainedEncoder.FlopsPerToken(network.Config, sequenceLength);

    public string SelectionMetric => "Loss";

    public bool HigherIsBetter => false;

    public string Fingerprint => $"vectors {vectors.Fingerprint}, of validation {held?.Fingerprint ?? "among them"}, {(options.Normalize ? "of length 1" : "of their own lengths")}";

    public int LayerOf(string parameterName) => TrainedEncoder.LayerOf(parameterName, "", LayerCount);

    public IReadOnlyList<(long Rows, long Length)> Passes(TokenStore store, ReadOnlySpan<long> rows) => TextParts.Passes(rows, row =>
    {
        (int start, int end) = ((int)store.ClassLabel(row), store.Length(row));
        return options.TranslationColumnName is null || start == 0 ? [end] : [start, end];
    });

    // All texts, then all translations that there are.
    public TrainingBatch Prepare(TrainingBatch batch, long seed)
    {
        if (options.TranslationColumnName is null) return batch;
        int width = (int)batch.InputIds.shape[1];
        int[] starts = Array.ConvertAll(TextParts.Longs(batch.Labels).ToArray(), start => (int)start), ends = new int[batch.Rows];
        for (int row = 0; row < ends.Length; row++)
        {
            ends[row] = batch.AttentionMask is { } mask ? TextParts.Longs(mask).Slice(row * width, width).LastIndexOf(1) + 1 : width;
            if (starts[row] == 0) starts[row] = ends[row];
        }
        return TextParts.Divide(batch, [starts, ends], padTokenId);
    }

    public Tensor Loss(TrainingBatch batch)
    {
        (Tensor own, Tensor wanted) = Compare(batch, vectors);
        return RowLosses(own, wanted).mean();
    }

    /// <summary>Texts, and translations as well.</summary>
    public double LossWeight(TrainingBatch batch) => batch.InputIds.shape[0];

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, double error, double cosine, long texts) = (0, 0, 0, 0);
        var matches = new TranslationMatches();
        foreach (TrainingBatch batch in batches)
        {
            (Tensor own, Tensor wanted) = Compare(batch, held ?? vectors);
            loss += Sum(RowLosses(own, wanted));
            error += Sum(VectorImitation.SquaredErrors(own, wanted));
            cosine += Sum(VectorImitation.Cosines(own, wanted));
            texts += own.shape[0];
            matches.Add(batch, own);
        }
        Dictionary<string, double> metrics = new() { ["Loss"] = loss / texts, ["MeanSquaredError"] = error / texts, ["Cosine"] = cosine / texts };
        if (matches.Count > 0) (metrics["TranslationAccuracy"], metrics["SourceAccuracy"]) = matches.Accuracies();
        return metrics;

        static double Sum(Tensor values) => values.to(float64).sum().item<double>();
    }

    private Tensor RowLosses(Tensor own, Tensor wanted) => options.Loss == EmbeddingImitation.SquaredError
        ? VectorImitation.SquaredErrors(own, wanted)
        : VectorImitation.Cosines(own, wanted).FromOne();

    // The student's vectors and the teacher's, [texts, H].
    private (Tensor Own, Tensor Wanted) Compare(TrainingBatch batch, TeacherAnswers teacher)
    {
        Tensor wanted = teacher.Read(batch.RowIndices).SentTo(batch.InputIds.device);
        if (options.Normalize) wanted = VectorImitation.Unit(wanted);
        long translations = batch.InputIds.shape[0] - batch.Rows;
        Tensor? rows = translations == 0 ? null : batch.Labels.nonzero().squeeze(1);   // before there is much to wait for
        // Apart, for languages differ in length.
        Tensor own = Encode(batch, 0, batch.Rows, batch.PartWidths?[0]);
        if (rows is null) return (own, wanted);
        return (cat([own, Encode(batch, batch.Rows, translations, batch.PartWidths![1])]), cat([wanted, wanted.index_select(0, rows)]));
    }

    private Tensor Encode(TrainingBatch batch, long first, long count, int? width)
    {
        Tensor? mask = batch.AttentionMask is { } all ? Part(all) : null;
        Tensor hidden = network.forward(Part(batch.InputIds), mask, null);
        return TextPooler.Pool(network, _encoding, hidden, mask).to(float32);

        Tensor Part(Tensor rows) => rows.narrow(0, first, count).narrow(1, 0, width ?? rows.shape[1]);
    }
}
