using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Comparison;

public class TeacherReportTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void What_a_student_keeps_and_where_it_differs_is_counted_row_by_row()
    {
        (IDataView train, IDataView test, ITransformer teacher) = Taught();
        using ComparisonReport report = Compare(train, test, teacher);
        string?[] taught = Said(teacher, test), student = Said(report["student"].Model, test), truth = [.. test.GetColumn<string>("Category")];
        TeacherDifference difference = report["student"].AgainstTeacher!;
        int rows = truth.Length;
        long right = truth.Zip(student).Count(p => p.First == p.Second), teacherRight = truth.Zip(taught).Count(p => p.First == p.Second);
        difference.AccuracyKept.Should().BeApproximately((double)right / teacherRight, 1e-12);
        difference.AccuracyKeptInterval.Contains(difference.AccuracyKept).Should().BeTrue();
        difference.Agreement.Should().BeApproximately(taught.Zip(student).Count(p => p.First == p.Second) / (double)rows, 1e-12).And.BeInRange(0.01, 0.99, "the test is worth nothing otherwise");
        difference.OnlyTeacherRight.Should().Be(Enumerable.Range(0, rows).Count(i => taught[i] == truth[i] && student[i] != truth[i]));
        difference.OnlyThisRight.Should().Be(Enumerable.Range(0, rows).Count(i => taught[i] != truth[i] && student[i] == truth[i]));
        (difference.OnlyTeacherRight + difference.OnlyThisRight + difference.WrongApart).Should().Be((long)Math.Round((1 - difference.Agreement) * rows));
        (difference.WrongAlike + difference.WrongApart + difference.OnlyTeacherRight + right).Should().Be(rows);
        difference.Disagreements.Sum(d => d.Rows).Should().Be((long)Math.Round((1 - difference.Agreement) * rows));
        difference.Disagreements.Should().OnlyContain(d => d.Teacher != d.Candidate);
        report["teacher"].AgainstTeacher.Should().BeNull();
    }

    [Fact]
    public void The_rows_shown_are_those_of_which_the_student_is_surest_with_what_the_teacher_says()
    {
        (IDataView train, IDataView test, ITransformer teacher) = Taught();
        using ComparisonReport report = Compare(train, test, teacher);
        IReadOnlyList<RowPrediction> shown = report["student"].AgainstTeacher!.Rows;
        string?[] taught = Said(teacher, test), student = Said(report["student"].Model, test);
        string[] texts = [.. test.GetColumn<string>("Text")];
        shown.Should().HaveCount(3).And.BeInDescendingOrder(row => row.Probability);
        foreach (RowPrediction row in shown)
        {
            row.Teacher.Should().Be(taught[row.Row]).And.NotBe(student[row.Row]);
            row.Predicted.Should().Be(student[row.Row]);
            row.Texts.Should().ContainSingle().Which.Text.Should().Be(texts[row.Row]);
        }
    }

    [Fact]
    public void Every_form_of_the_report_tells_of_the_teacher()
    {
        (IDataView train, IDataView test, ITransformer teacher) = Taught();
        using ComparisonReport report = Compare(train, test, teacher);
        report.ToString().Should().Contain("Beside 'teacher'");
        report.ToMarkdown().Should().Contain("What students keep").And.Contain("Where they differ").And.Contain("(teacher: '").And.Contain("'teacher' came fitted");
        report.ToHtml().Should().Contain("Differences from the teacher").And.Contain("(teacher: <b>");
        JsonElement student = JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("candidates")[1];
        student.GetProperty("againstTeacher").GetProperty("agreement").GetDouble().Should().Be(report["student"].AgainstTeacher!.Agreement);
        student.GetProperty("againstTeacher").GetProperty("rows")[0].GetProperty("teacher").GetString().Should().NotBeNull();
    }

    [Fact]
    public void A_fitted_candidate_stays_its_owners_and_has_no_learning_curve()
    {
        (IDataView train, IDataView test, ITransformer teacher) = Taught();
        var owned = new Owned(teacher);
        using (ComparisonReport report = _ml.MulticlassClassification.Compare(train, test,
            new() { ["teacher"] = ComparisonCandidates.Fitted(owned), ["student"] = Student() },
            new() { LabelColumnName = "Category", LabelBudgets = [5], LatencyRows = 5 }))
        {
            report["teacher"].Full.FitTime.Should().BeNull();
            report["teacher"].Full.TrainRows.Should().BeNull();
            report["teacher"].LearningCurve.Should().ContainSingle();
            report["student"].LearningCurve.Should().HaveCount(2);
            report["teacher"].Model.Should().BeSameAs(owned);
            report.ToHtml().Should().Contain("Accuracy by labels a class");
            report.ToString().Should().Contain("–");
        }
        owned.Disposals.Should().Be(0);
    }

    [Fact]
    public void A_teacher_that_is_no_candidate_is_named_before_the_first_fit()
    {
        (IDataView train, IDataView test, ITransformer teacher) = Taught();
        Action compare = () => _ml.MulticlassClassification.Compare(train, test, new() { ["a"] = ComparisonCandidates.Fitted(teacher), ["b"] = Student() }, new() { LabelColumnName = "Category", Teacher = "c" });
        compare.Should().Throw<ArgumentException>().WithMessage("Compare: Teacher is 'c', which is no candidate. Candidates: 'a', 'b'.*Fitted*");
    }

    [Fact]
    public void The_interval_of_a_ratio_is_paired()
    {
        double[] teacher = [.. Enumerable.Range(0, 400).Select(i => i % 3 == 0 ? 0.0 : 1)];
        Interval equal = new Bootstrap().OfRatio(teacher, teacher);
        equal.Should().Be(new Interval(1, 1), "a student that is right where its teacher is keeps all of it in every draw");
        // Independent errors: by the delta method, var(ratio) is about ratio² (cv²(a) + cv²(b)) / n.
        var random = new Random(1);
        double[] a = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble() < 0.6 ? 1.0 : 0)], b = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble() < 0.8 ? 1.0 : 0)];
        Interval apart = new Bootstrap().OfRatio(a, b);
        double ratio = a.Average() / b.Average(), error = ratio * Math.Sqrt((0.4 / 0.6 + 0.2 / 0.8) / 4000);
        apart.Low.Should().BeApproximately(ratio - 1.96 * error, 0.2 * error);
        apart.High.Should().BeApproximately(ratio + 1.96 * error, 0.2 * error);
        double.IsNaN(new Bootstrap().OfRatio(a, new double[4000]).Low).Should().BeTrue();
    }

    private ComparisonReport Compare(IDataView train, IDataView test, ITransformer teacher) => _ml.MulticlassClassification.Compare(train, test,
        new() { ["teacher"] = ComparisonCandidates.Fitted(teacher), ["student"] = Student() },
        new() { LabelColumnName = "Category", Teacher = "teacher", Errors = new() { Mistakes = 3 }, LatencyRows = 10 });

    // The student knows the first word alone, so that it errs where the teacher does not.
    private (IDataView Train, IDataView Test, ITransformer Teacher) Taught()
    {
        var random = new Random(3);
        string[] words = ["warm", "cold", "slow", "fine", "dull", "good", "bad", "moving"];
        TinyTexts.Row[] rows = [.. Enumerable.Range(0, 200).Select(_ =>
        {
            string[] text = [.. Enumerable.Range(0, 3).Select(_ => words[random.Next(words.Length)])];
            int good = text.Count(w => w is "warm" or "fine" or "good" or "moving");
            return new TinyTexts.Row { Text = string.Join(' ', text), Category = good >= 2 == (random.Next(10) > 0) ? "good" : "bad" };
        })];
        IDataView train = _ml.Data.LoadFromEnumerable(rows.Take(120)), test = _ml.Data.LoadFromEnumerable(rows.Skip(120));
        return (train, test, Pipeline("Text").Fit(train));
    }

    private IEstimator<ITransformer> Student() => _ml.Transforms.CustomMapping<TinyTexts.Row, First>((row, first) => first.Word = row.Text.Split(' ')[0], null).Append(Pipeline("Word"));

    private IEstimator<ITransformer> Pipeline(string column) => _ml.Transforms.Conversion.MapValueToKey("Label", "Category")
        .Append(_ml.Transforms.Text.BagOfWords("Features", column))
        .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());

    private string?[] Said(ITransformer model, IDataView rows)
    {
        IDataView scored = model.Transform(rows);
        return [.. _ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Said")];
    }

    private sealed class First
    {
        public string Word { get; set; } = "";
    }

    private sealed class Owned(ITransformer model) : ITransformer, IDisposable
    {
        public int Disposals { get; private set; }

        public bool IsRowToRowMapper => model.IsRowToRowMapper;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => model.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => model.GetRowToRowMapper(inputSchema);

        public IDataView Transform(IDataView input) => model.Transform(input);

        public void Save(ModelSaveContext ctx) => model.Save(ctx);

        public void Dispose() => Disposals++;
    }
}
