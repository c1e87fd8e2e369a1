using Microsoft.ML;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>What a student is taught, and by whom.</summary>
/// <param name="Teacher">Whose answers are learnt.</param>
/// <param name="Options">How.</param>
internal sealed record Lesson(DistillationTeacher Teacher, DistillationOptions Options)
{
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
        using var answers = new TeacherAnswers.Writer(TeacherScores.Width(classes), areNumbers: classes is null);
        Append(input, label);
        if (Transfer(owner, input, reader.TextColumns) is { } transfer) Append(transfer, null);
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
    /// <param name="textColumns">Columns that transfer data must have.</param>
    public IReadOnlyList<IDataView> Texts(string owner, IDataView input, IReadOnlyList<string> textColumns) => Transfer(owner, input, textColumns) is { } transfer ? [input, transfer] : [input];

    private WithMissingColumns? Transfer(string owner, IDataView input, IReadOnlyList<string> textColumns) =>
        Options.TransferData is { } transfer ? new(owner, transfer, input.Schema, [.. textColumns, .. Teacher.NeededColumns]) : null;
}
