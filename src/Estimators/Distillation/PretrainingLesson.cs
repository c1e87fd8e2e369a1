using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>What a teacher adds to the loss of hidden words.</summary>
/// <param name="Teacher">Stays its owner's.</param>
/// <param name="Options">What counts how much.</param>
internal sealed record PretrainingLesson(TeacherEncoder Teacher, PretrainingDistillation Options)
{
    private static readonly EncoderTraceParts s_last = new();

    public string Fingerprint { get; } = FormattableString.Invariant($"encoder {Teacher.Fingerprint}, temperature {Options.Temperature}, weights {Options.SoftWordWeight}, {Options.WordWeight}, {Options.CosineWeight}");

    /// <summary>The loss in place of that of hidden words alone.</summary>
    /// <param name="batch">With hidden words.</param>
    /// <param name="hidden">[B, T, H], the student's last states.</param>
    /// <param name="logits">[M, V], the student's scores at the batch's positions, in float32.</param>
    /// <returns>A scalar.</returns>
    public Tensor Loss(TrainingBatch batch, Tensor hidden, Tensor logits)
    {
        Tensor theirs = Teacher.Trace(batch, s_last, hidden.dtype).Last;
        return DistilBertLoss.Total(
            Options.SoftWordWeight > 0 ? SoftWords(batch, logits, theirs) : null,
            DistilBertLoss.Words(logits, batch.Targets!),
            Options.CosineWeight > 0 ? DistilBertLoss.Cosine(hidden, theirs, batch.AttentionMask) : null,
            Options.Weights);
    }

    /// <summary>Bytes that the teacher takes, and what is compared.</summary>
    /// <param name="passes">Of a batch.</param>
    /// <param name="words">Hidden words in it.</param>
    /// <param name="conditions">How the student learns.</param>
    public double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, double words, ActivationConditions conditions) => Teacher.Bytes(passes, conditions)
        + (Options.SoftWordWeight > 0 ? conditions.ExactBytes(8, words * Teacher.Config.VocabSize) : 0)
        + (Options.CosineWeight > 0 ? conditions.ExactBytes(8, passes.Sum(pass => (double)pass.Rows * pass.Length) * Teacher.Config.HiddenSize) : 0);

    /// <inheritdoc cref="ITrainingTask.Diagnose"/>
    /// <param name="batch">With hidden words.</param>
    /// <param name="type">The arithmetic of training.</param>
    public void Diagnose(TrainingBatch batch, ScalarType type)
    {
        Tensor theirs = Teacher.Trace(batch, s_last, type).Last;
        Teacher.CheckFinite([theirs, Options.SoftWordWeight > 0 ? Teacher.Words(theirs, batch) : null]);
    }

    private Tensor SoftWords(TrainingBatch batch, Tensor logits, Tensor theirs)
    {
        Tensor words = Teacher.Words(theirs, batch);
        // A matrix of embeddings may have rows beyond the vocabulary, of which both have the same.
        long known = Math.Min(logits.shape[1], words.shape[1]);
        return DistilBertLoss.SoftWords(logits.narrow(1, 0, known), words.narrow(1, 0, known), Options.Temperature, batch.Targets!.Differs(DistilBertLoss.Ignored));
    }
}
