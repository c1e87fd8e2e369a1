using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>How a student learns from a teacher (Hinton et al. 2015).</summary>
public sealed record DistillationOptions
{
    /// <summary>Softens the probabilities of teacher and student, so that what the teacher thinks of the wrong classes counts; above 0. 1 takes them as they are; 3 to 8 suit teachers that are very sure. Default null: 2 for <c>DistillText</c>, and 1 for <c>Distill</c>, for a pipeline has no temperature of its own: it learns the softened probabilities as they are, so that 1 makes its probabilities the teacher's. Without effect in a regression.</summary>
    public double? Temperature { get; init; }

    /// <summary>Part of the loss that comes from the labels, the rest from the teacher; default 0.3, in [0, 1]. Rows without a label learn from the teacher alone. Class weights and label smoothing act on this part.</summary>
    public double HardLabelWeight { get; init; } = 0.3;

    /// <summary>More texts to learn from without labels; default null. Only the text columns are read, and what the teacher reads: columns of the training data that are missing here count as empty for it. A vocabulary that is made from the texts has their words, too. Often worth more than anything else here (Tang et al. 2019; Turc et al. 2019).</summary>
    public IDataView? TransferData { get; init; }

    /// <summary>What an encoder learns of its teacher's layers, of labelled and unlabelled rows alike: worth most where texts are many and the student begins with little of its own. Default null: nothing. For students that are encoders only.</summary>
    public EncoderImitation? Imitation { get; init; }

    /// <summary>The temperature of networks, which have one of their own.</summary>
    internal double NetworkTemperature => Temperature ?? 2;

    /// <param name="owner">For messages.</param>
    /// <param name="student">What the student is, where that is no encoder; null = it is one.</param>
    /// <param name="training">Options of the loss of labels; null = there are none.</param>
    internal void Validate(string owner, string? student = null, IClassificationOptions? training = null)
    {
        if (student is not null && Imitation is not null)
            throw new ArgumentException($"{owner}: Imitation is set, but the student is {student}, which has no encoder's layers; expected null. Give an encoder as student, such as layers of the teacher (WithLayers), or leave Imitation out.");
        if (Temperature is { } temperature && !(temperature > 0 && double.IsFinite(temperature))) throw new ArgumentException(FormattableString.Invariant($"{owner}: Temperature is {Temperature}; expected a number above 0, such as 2."));
        if (HardLabelWeight is not (>= 0 and <= 1)) throw new ArgumentException(FormattableString.Invariant($"{owner}: HardLabelWeight is {HardLabelWeight}; expected a number in [0, 1]: 0 = the teacher alone, 1 = the labels alone."));
        if (HardLabelWeight == 1 && TransferData is not null) throw new ArgumentException($"{owner}: HardLabelWeight is 1 and TransferData is set; expected less than 1: nothing would be learnt of rows without labels.");
        if (HardLabelWeight == 0 && training is ({ ClassWeights: not null } or { LabelSmoothing: > 0 }))
            throw new ArgumentException($"{owner}: {(training.ClassWeights is not null ? nameof(training.ClassWeights) : nameof(training.LabelSmoothing))} is set and HardLabelWeight is 0; expected more than 0, for it acts on what is learnt of labels.");
    }
}
