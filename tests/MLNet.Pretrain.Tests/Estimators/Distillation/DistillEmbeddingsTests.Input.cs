using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Distillation;

public sealed partial class DistillEmbeddingsTests
{
    [Fact]
    public void What_is_no_vector_is_refused_in_words()
    {
        Given[] rows = [.. Rows(20, 1).Select((r, i) => new Given { Text = r.Text, Vector = [.. Enumerable.Range(0, 16).Select(k => (float)(i + k))] })];
        DistillationTeacher column = DistillationTeacher.Column("Vector");
        Given(column, [.. rows.Select((r, i) => i == 7 ? new Given { Text = r.Text, Vector = [float.PositiveInfinity, .. r.Vector[1..]] } : r)]).Throw<InvalidOperationException>().WithMessage("*'Vector' has * in row 7*finite*");
        Given(column, [.. rows.Select((r, i) => i == 7 ? new Given { Text = r.Text, Vector = [float.NaN, .. r.Vector[1..]] } : r)]).Throw<InvalidOperationException>().WithMessage("*'Vector' has NaN in row 7*");
        Given(column, []).Throw<InvalidOperationException>().WithMessage("*there are no training rows with text in 'Text'*");
        Given(column, [new() { Text = " ", Vector = [float.NaN, .. rows[0].Vector[1..]] }]).Throw<InvalidOperationException>().WithMessage("*(1 were left out)*", "nobody reads the vector of no text");
        Given(DistillationTeacher.Column("Nothing"), rows).Throw<ArgumentException>().WithMessage("*'Nothing'*");
        Given(DistillationTeacher.Column("Text"), rows).Throw<ArgumentException>().WithMessage("*'Text' is String; expected a vector of Single*");
        Given(DistillationTeacher.Column("Narrow"), rows).Throw<ArgumentException>().WithMessage("*vectors have 4 numbers, and the student's 16; expected as many or more*");
        Given(DistillationTeacher.Of(Teacher(16)), rows).Throw<ArgumentException>().WithMessage("*has no name*'Wanted'*");
        Given(DistillationTeacher.Of(Teacher(16), "Other"), rows).Throw<ArgumentException>().WithMessage("*gives no column 'Other'; it gives *'Wanted'*");
        Given(DistillationTeacher.Of(new Dropping(_ml), "Vector"), rows).Throw<InvalidOperationException>().WithMessage("*expected each row once*");
        Given(DistillationTeacher.Ensemble(Teacher(16), Teacher(16)), rows).Throw<ArgumentException>().WithMessage("*ensemble of 2 models; expected one*");
        Given(DistillationTeacher.Column("Vector", scoresAreProbabilities: true), rows).Throw<ArgumentException>().WithMessage("*scoresAreProbabilities*");
        Given(column, rows, o => o.TranslationColumnName = "Missing").Throw<ArgumentException>().WithMessage("*'Missing'*");
        Given(column, rows, o => o.TranslationColumnName = "").Throw<ArgumentException>().WithMessage("*TranslationColumnName is ''*");
        Given(column, rows, o => o.Loss = (EmbeddingImitation)7).Throw<ArgumentException>().WithMessage("*Loss is 7; expected one of SquaredError, CosineDistance*");
        Given(column, rows, o => o.Pooling = Pooling.Pooler).Throw<ArgumentException>().WithMessage("*has no pooler*");
        Given(column, rows, o => o.ValidationData = _ml.Data.LoadFromEnumerable(Array.Empty<Given>())).Throw<InvalidOperationException>().WithMessage("*there are no validation rows*");

        FluentAssertions.Specialized.ActionAssertions Given(DistillationTeacher teacher, Given[] data, Action<DistillEmbeddingsOptions>? change = null) =>
            FluentActions.Invoking(() => Fit(teacher, _ml.Data.LoadFromEnumerable(data), o =>
            {
                o.MaxSteps = 1;
                change?.Invoke(o);
            }).Dispose()).Should();
    }

    [Fact]
    public void Vectors_of_any_size_are_kept_to_half_precision_of_their_largest_component()
    {
        float[][] rows = [[1e6f, -3e5f, 12], [2e-9f, 1e-9f, -4e-9f], [0, 0, 0], [float.MaxValue, -1e38f, 0]];
        using var writer = new TeacherAnswers.Writer(3, AnswerKind.Vectors);
        foreach (float[] row in rows) writer.Append(row);
        using TeacherAnswers answers = writer.Complete();
        float[] read = new float[3];
        for (int row = 0; row < rows.Length; row++)
        {
            answers.Read(row, read);
            for (int i = 0; i < 3; i++) ((double)read[i]).Should().BeApproximately(rows[row][i], rows[row].Max(Math.Abs) * 5e-4);
        }
    }

    private sealed class Dropping(MLContext ml) : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new InvalidOperationException();

        public void Save(ModelSaveContext ctx) => throw new InvalidOperationException();

        public IDataView Transform(IDataView input) => ml.Data.SkipRows(input, 1);
    }

    private sealed class Given
    {
        public string Text { get; set; } = "";

        [VectorType(16)]
        public float[] Vector { get; set; } = new float[16];

        [VectorType(4)]
        public float[] Narrow { get; set; } = new float[4];
    }
}
