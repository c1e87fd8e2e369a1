using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// A teacher of the encoder that <c>PretrainBert</c> trains (DistilBERT, Sanh et al. 2019): its distribution over words where words are hidden, and the direction of its hidden
/// states at every token, beside the hidden words themselves. It reads the same tokens in every step. The weights are those of the authors' published training.
/// </summary>
public sealed record PretrainingDistillation
{
    private static readonly DistilBertWeights s_published = new();

    /// <summary>An encoder with its word head, as pretraining leaves it: a checkpoint directory or a fitted encoder, with the student's vocabulary. The student is mostly some of its layers: <c>Encoder = teacher.WithLayers(3)</c>.</summary>
    public required TextEncoderSource Teacher { get; init; }

    /// <summary>Softens both distributions over words; default 2, above 0.</summary>
    public double Temperature { get; init; } = 2;

    /// <summary>Weight of the teacher's distribution over words, at the positions of hidden words; default 5, 0 or more. 0 asks no word head of the teacher.</summary>
    public double SoftWordWeight { get; init; } = s_published.SoftWords;

    /// <summary>Weight of the hidden words themselves; default 2, 0 or more.</summary>
    public double WordWeight { get; init; } = s_published.Words;

    /// <summary>Weight of 1 - cosine of the last hidden states at all tokens; default 1, 0 or more. Where it is not 0, both have one hidden size.</summary>
    public double CosineWeight { get; init; } = s_published.Cosine;

    internal DistilBertWeights Weights => new() { SoftWords = SoftWordWeight, Words = WordWeight, Cosine = CosineWeight };

    internal void Validate(string owner)
    {
        if (Teacher is null) throw new ArgumentException($"{owner}: Distillation.Teacher is null; expected an encoder.");
        Check(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "a number above 0");
        Check(SoftWordWeight >= 0 && double.IsFinite(SoftWordWeight), nameof(SoftWordWeight), SoftWordWeight, "0 or more");
        Check(WordWeight >= 0 && double.IsFinite(WordWeight), nameof(WordWeight), WordWeight, "0 or more");
        Check(CosineWeight >= 0 && double.IsFinite(CosineWeight), nameof(CosineWeight), CosineWeight, "0 or more");
        Check(SoftWordWeight + CosineWeight > 0, nameof(SoftWordWeight), SoftWordWeight, "more than 0 where CosineWeight is 0, too: nothing would be learnt of the teacher");

        void Check(bool valid, string name, double found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: Distillation.{name} is {found}; expected {expected}."));
        }
    }

    /// <summary>Throws where the teacher cannot teach the student.</summary>
    internal void CheckFit(string owner, TextEncoderConfig student, TeacherEncoder teacher)
    {
        if (SoftWordWeight > 0 && !teacher.KnowsWords)
            throw new ArgumentException($"{owner}: the teacher, {Teacher.Description}, has no head for hidden words; expected an encoder as PretrainBert or a checkpoint of a masked language model gives it, or Distillation.SoftWordWeight = 0.");
        if (CosineWeight > 0 && student.HiddenSize != teacher.Config.HiddenSize)
            throw new ArgumentException($"{owner}: the student's hidden size is {student.HiddenSize} and the teacher's {teacher.Config.HiddenSize}; expected one size for the cosine of hidden states, or Distillation.CosineWeight = 0.");
    }
}
