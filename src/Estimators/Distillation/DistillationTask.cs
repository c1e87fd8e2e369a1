using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>A task that learns from a teacher's answers beside its labels (Hinton et al. 2015). Evaluations are the task's own, of rows with a label.</summary>
/// <param name="learner">What is trained: the student's network, or adapters in it.</param>
/// <param name="student">Its outputs and losses.</param>
/// <param name="answers">The teacher's, a row of the training store each.</param>
/// <param name="options">How much they count.</param>
/// <param name="unlabelled">What stands for the label of a row without one; infinite: whatever is not finite.</param>
internal sealed class DistillationTask(ITrainingTask learner, ITextPredictionTask student, TeacherAnswers answers, DistillationOptions options, double unlabelled) : TaskAround(learner)
{
    public override string Fingerprint => FormattableString.Invariant($"{(base.Fingerprint is { } own ? $"{own}, " : "")}answers {answers.Fingerprint}, temperature {options.NetworkTemperature}, labels count {options.HardLabelWeight}");

    public override Tensor Loss(TrainingBatch batch) => Loss(batch, student.Outputs(batch));

    /// <summary>The loss of outputs that are there already.</summary>
    public Tensor Loss(TrainingBatch batch, Tensor outputs)
    {
        Tensor labelled = IsLabelled(batch.Labels);
        Tensor soft = student.RowLosses(outputs, answers.Read(batch.RowIndices).SentTo(batch.Labels.device).reshape(outputs.shape), options.NetworkTemperature);
        // Where there is none, any label will do: its loss is left out.
        Tensor hard = student.RowLosses(outputs, batch.Labels.Masked(labelled.logical_not(), 0));
        return SoftTargets.Mix(soft, hard, 1 - options.HardLabelWeight, labelled, batch.Weights);
    }

    public override bool CanValidate(TokenStore rows, long row) => double.IsFinite(unlabelled) ? rows.ClassLabel(row) != (long)unlabelled : float.IsFinite(rows.Label(row));

    private Tensor IsLabelled(Tensor labels) => double.IsFinite(unlabelled) ? labels.Differs((long)unlabelled) : labels.isfinite();
}
