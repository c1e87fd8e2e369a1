using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned to cut answers out of contexts (Devlin et al. 2018, section 4.2). Those inherited from <see cref="TrainingOptions"/> are set as the paper has them for SQuAD.</summary>
public sealed class FineTuneQuestionAnsweringOptions : EncoderTuningOptions
{
    /// <summary>Sets the defaults: 2 epochs, learning rate 3e-5.</summary>
    public FineTuneQuestionAnsweringOptions()
    {
        Epochs = 2;
        LearningRate = 3e-5;
    }

    /// <summary>Column of the answer: text, as it stands in the context; empty where the question has none. Default <c>Answer</c>.</summary>
    [OutputOnly]
    public string AnswerColumnName { get; set; } = "Answer";

    /// <summary>Column of the place of the answer's first character in the context, from 0 (Int32 or another type of number). Default null: the answer's first occurrence is meant.</summary>
    [OutputOnly]
    public string? AnswerStartColumnName { get; set; }

    /// <summary>Whether rows may have no answer, as in SQuAD 2; default false: a row with an empty answer is an error then.</summary>
    public bool AllowNoAnswer { get; set; }

    /// <summary>Columns read and added, windows, and how the fitted model computes: <see cref="TrainingOptions.Device"/> and <see cref="TrainingOptions.Precision"/> are of training alone.</summary>
    public QuestionAnsweringOptions Scoring { get; set; } = new();

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (string.IsNullOrEmpty(AnswerColumnName)) throw new ArgumentException($"{owner}: AnswerColumnName is empty; name the column of the answer.");
        if (AnswerStartColumnName is "") throw new ArgumentException($"{owner}: AnswerStartColumnName is empty; name the column of the answer's place, or leave it null.");
        if (Scoring is null) throw new ArgumentException($"{owner}: Scoring is null; expected options.");
        Scoring.Validate(owner);
    }
}
