using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>What a student is taught, and by whom.</summary>
/// <param name="Teacher">Whose answers are learnt.</param>
/// <param name="Options">How.</param>
internal sealed record Lesson(DistillationTeacher Teacher, DistillationOptions Options)
{
    /// <summary>The encoder whose layers are imitated; null where none is.</summary>
    /// <param name="owner">For messages.</param>
    /// <param name="input">The training data.</param>
    /// <param name="builder">The student, an encoder.</param>
    /// <param name="columns">The text columns, of which a vocabulary from scratch is made.</param>
    /// <param name="seed">Of weights from scratch.</param>
    /// <param name="check">Throws where the fit is cancelled.</param>
    /// <exception cref="ArgumentException">Teacher and student do not fit; the message says what would.</exception>
    public TeacherEncoder? OpenEncoder<TTask>(string owner, IDataView input, ITextPredictorBuilder<TTask> builder, TextTrainingOptions columns, int seed, Action check) where TTask : ITrainingTask
    {
        if (Options.Imitation is not { } imitation) return null;
        TextModel<TextEncoder> student = builder.Opened!;
        var teacher = new TeacherEncoder(owner, imitation.Teacher.Open(input, columns.TextColumnName, columns.SecondTextColumnName, seed, check), student, builder.MaxLength);
        try
        {
            imitation.Check(owner, student.Config.Encoder, teacher.Config);
            return teacher;
        }
        catch
        {
            teacher.Dispose();
            throw;
        }
    }

    /// <summary>Stores the rows of the training data and of the transfer data, labelled or not, and the teacher's answer to each.</summary>
    /// <param name="owner">For messages.</param>
    /// <param name="input">The training data.</param>
    /// <param name="reader">Reads texts.</param>
    /// <param name="label">Reads labels.</param>
    /// <exception cref="InvalidOperationException">The teacher drops or reorders rows, or gives what is no answer.</exception>
    public (TokenStore Rows, TeacherAnswers Answers) Read(string owner, IDataView input, LabelledTextReader reader, ILabelReader label)
    {
        IReadOnlyList<string>? classes = label.Columns.Labels?.Names;
        using TokenStoreWriter rows = reader.Open();
        using var answers = new TeacherAnswers.Writer(TeacherScores.Width(classes), classes is null ? AnswerKind.Numbers : AnswerKind.Shares);
        Append(input, label);
        if (Transfer(owner, input, reader.TextColumns, reader.LabelColumn) is { } transfer) Append(transfer, null);
        TokenStore stored = rows.Complete();
        try
        {
            return (stored, answers.Complete());
        }
        catch
        {
            stored.Dispose();
            throw;
        }

        void Append(IDataView data, ILabelReader? labels)
        {
            using var companion = new TeacherCompanion(owner, Teacher, data, label, row => answers.Append(row));
            reader.Append(rows, data, labels, companion);
        }
    }

    /// <summary>All that is learnt from, whose words a student is to know: the training data and the transfer data.</summary>
    /// <param name="owner">For messages.</param>
    /// <param name="input">The training data.</param>
    /// <param name="columns">Columns that transfer data must have, and the label, which they need not.</param>
    public IReadOnlyList<IDataView> Texts(string owner, IDataView input, TextTrainingOptions columns) => Transfer(owner, input, columns.TextColumns, columns.LabelColumnName) is { } transfer ? [input, transfer] : [input];

    private WithMissingColumns? Transfer(string owner, IDataView input, IReadOnlyList<string> textColumns, string label) =>
        Options.TransferData is { } transfer ? new(owner, transfer, input.Schema, [.. textColumns, .. Teacher.NeededColumns], label) : null;
}
