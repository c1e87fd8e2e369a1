using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>Finds the column of vectors that a teacher gives.</summary>
internal static class TeacherVectors
{
    // The covariance of wider ones is half a gigabyte.
    private const int Widest = 8192;

    /// <summary>Throws where a teacher is of no use for vectors, whatever the data.</summary>
    public static void Check(string owner, DistillationTeacher teacher)
    {
        if (teacher.Models.Count > 1) throw new ArgumentException($"{owner}: the teacher is an ensemble of {teacher.Models.Count} models; expected one, for vectors of several have no common directions.");
        if (teacher.ScoresAreProbabilities is { } said) throw new ArgumentException($"{owner}: the teacher is made with scoresAreProbabilities {said}; expected null, for it is to give vectors.");
    }

    /// <summary>Opens the teacher's answers to some rows.</summary>
    /// <param name="owner">For messages.</param>
    /// <param name="teacher">A model, or a column of the rows.</param>
    /// <param name="data">The rows.</param>
    /// <param name="studentWidth">Components of the student's vectors.</param>
    /// <returns>The column, read on a cursor of its own, and its width.</returns>
    /// <exception cref="ArgumentException">There is no such column, or it is of another type or narrower than the student.</exception>
    public static (TeacherRows Rows, int Width) Open(string owner, DistillationTeacher teacher, IDataView data, int studentWidth)
    {
        IDataView answered = teacher.Models.Count == 0 ? data : teacher.Models[0].Transform(data);
        string name = teacher.ScoreColumnName
            ?? (teacher.Models[0] as TextEncoderTransformer)?.Options.OutputColumnName
            ?? throw new ArgumentException($"{owner}: the teacher's column of vectors has no name; expected DistillationTeacher.Of(model, name) with one of {Columns(answered)}.");
        DataViewSchema.Column column = answered.Schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"{owner}: the teacher gives no column '{name}'; it gives {Columns(answered)}. Name its vectors.");
        if (column.Type is not VectorDataViewType { Size: > 0 and int width, ItemType: NumberDataViewType { RawType: var item } } || item != typeof(float))
            throw new ArgumentException($"{owner}: the teacher's column '{name}' is {column.Type}; expected a vector of Single of a known size, one vector a text.");
        if (width < studentWidth)
            throw new ArgumentException($"{owner}: the teacher's vectors have {width} numbers, and the student's {studentWidth}; expected as many or more of the teacher. A student has one for each of its hidden size: choose a smaller one, or a wider teacher.");
        if (width > Widest && width > studentWidth)
            throw new ArgumentException($"{owner}: the teacher's vectors have {width} numbers; expected at most {Widest}, to find their principal components. Reduce them first, as Transforms.ProjectToPrincipalComponents does.");
        return (new TeacherRows(owner, answered, column), width);
    }

    private static string Columns(IDataView answered) => string.Join(", ", answered.Schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"));
}
