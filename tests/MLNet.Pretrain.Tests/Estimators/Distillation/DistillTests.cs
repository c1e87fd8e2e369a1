using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Estimators.Distillation;

/// <summary>Any pipeline as student: what its trainer sees, and what comes of it.</summary>
public class DistillTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_linear_student_on_weighted_rows_learns_its_linear_teachers_probabilities()
    {
        // Same features, no regularization to speak of: the cross-entropy to soft targets has its minimum at the teacher itself.
        IDataView data = TinyTexts.View(_ml, 80);
        IEstimator<ITransformer> features = _ml.Transforms.Text.FeaturizeText("Features", "Text");
        ITransformer teacher = features.Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag", l1Regularization: 0, l2Regularization: 1)).Fit(data);
        float[] expected = Probabilities(teacher);
        expected.Min().Should().BeGreaterThan(0.02f, "the teacher is not sure");

        ITransformer soft = _ml.BinaryClassification.Distill(DistillationTeacher.Of(teacher), features.Append(Trainer("Weight")), "Flag", distillation: new() { Temperature = 1, HardLabelWeight = 0 }).Fit(data);
        float[] actual = Probabilities(soft), hard = Probabilities(features.Append(Trainer(null)).Fit(data));
        for (int i = 0; i < expected.Length; i++) actual[i].Should().BeApproximately(expected[i], 0.02f);
        hard.Zip(expected).Max(p => Math.Abs(p.First - p.Second)).Should().BeGreaterThan(0.1f, "labels alone teach another model");

        float[] Probabilities(ITransformer model) => [.. model.Transform(data).GetColumn<float>("Probability")];

        IEstimator<ITransformer> Trainer(string? weight) => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag", exampleWeightColumnName: weight, l1Regularization: 0, l2Regularization: 1e-4f, optimizationTolerance: 1e-9f);
    }

    [Fact]
    public void Classes_texts_without_labels_and_a_label_of_text_come_as_keys_with_its_values()
    {
        TinyTexts.Row[] rows = [.. TinyTexts.Rows(100)];
        IDataView few = _ml.Data.LoadFromEnumerable(rows.Take(20)), all = _ml.Data.LoadFromEnumerable(rows);
        IDataView texts = _ml.Data.LoadFromEnumerable(rows.Skip(20).Select(r => new Text { TextColumn = r.Text }));
        IDataView named = _ml.Transforms.CopyColumns("Text", "TextColumn").Fit(texts).Transform(texts);
        ITransformer teacher = _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Append(_ml.Transforms.Text.FeaturizeText("Features", "Text")).Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(all);
        var bag = _ml.Transforms.Text.BagOfWords("Features", "Text").Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Category", exampleWeightColumnName: "Weight"));
        DistilledEstimator student = _ml.MulticlassClassification.Distill(DistillationTeacher.Of(teacher), bag, "Category", distillation: new() { TransferData = named });
        ITransformer model = student.Fit(few);
        IDataView scored = model.Transform(all);
        _ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Said").Should().Equal(rows.Select(r => r.Category));
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["PredictedLabel"].Annotations.GetValue("KeyValues", ref names);
        names.DenseValues().Select(n => n.ToString()).Should().Equal("bad", "good");
    }

    [Fact]
    public void What_is_no_answer_is_refused_in_words()
    {
        IDataView data = TinyTexts.View(_ml, 20);
        IDataView nan = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(20).Select((r, i) => new Scored { Text = r.Text, Flag = r.Flag, Score = i == 7 ? float.NaN : 1 }));
        Refused<InvalidOperationException>(DistillationTeacher.Column("Score"), nan).WithMessage("*'Score' has NaN in row 7*");
        Refused<ArgumentException>(DistillationTeacher.Column("Nothing"), data).WithMessage("*no column 'Nothing'*");
        Refused<ArgumentException>(DistillationTeacher.Column("Text"), data).WithMessage("*'Text' is String*Single*");
        IDataView odds = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(20).Select(r => new Odds { Text = r.Text, Flag = r.Flag, Probability = 1.5f }));
        Refused<InvalidOperationException>(DistillationTeacher.Column("Probability"), odds).WithMessage("*has 1.5 in row 0*probability*");
        IDataView weighted = _ml.Transforms.CopyColumns("Weight", "Flag").Fit(data).Transform(data);
        Refused<ArgumentException>(DistillationTeacher.Column("Score"), weighted).WithMessage("*have a column 'Weight'*another weightColumnName*");
        ITransformer dropping = new Dropping(_ml);
        Refused<InvalidOperationException>(DistillationTeacher.Of(dropping), nan).WithMessage("*expected each row once*");
        FluentActions.Invoking(() => DistillationTeacher.Ensemble()).Should().Throw<ArgumentException>().WithMessage("*ensemble of 0 models*");
        FluentActions.Invoking(() => Student(DistillationTeacher.Column("Score"), new() { Temperature = 0 })).Should().Throw<ArgumentException>().WithMessage("*Temperature is 0*");
        FluentActions.Invoking(() => Student(DistillationTeacher.Column("Score"), new() { HardLabelWeight = 2 })).Should().Throw<ArgumentException>().WithMessage("*HardLabelWeight is 2*");

        IDataView three = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(30).Select((r, i) => new TinyTexts.Row { Text = r.Text, Category = "abc"[i % 3].ToString() }));
        ITransformer other = _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Append(_ml.Transforms.Text.FeaturizeText("Features", "Text")).Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(three);
        var bag = _ml.Transforms.Text.BagOfWords("Features", "Text").Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Category", exampleWeightColumnName: "Weight"));
        FluentActions.Invoking(() => _ml.MulticlassClassification.Distill(DistillationTeacher.Of(other), bag, "Category").Fit(data)).Should().Throw<ArgumentException>().WithMessage("*different classes; only the student has 'bad', 'good'; only the teacher has 'a', 'b', 'c'*");

        FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(DistillationTeacher teacher, IDataView rows) where T : Exception =>
            FluentActions.Invoking(() => Student(teacher, new()).Fit(rows)).Should().Throw<T>();

        DistilledEstimator Student(DistillationTeacher teacher, DistillationOptions options) => _ml.BinaryClassification.Distill(
            teacher, _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag", exampleWeightColumnName: "Weight")), "Flag", distillation: options);
    }

    [Fact]
    public void A_number_under_any_name_is_a_probability_where_it_is_said_to_be()
    {
        TinyTexts.Row[] rows = [.. TinyTexts.Rows(40)];
        IDataView asked = _ml.Data.LoadFromEnumerable(rows.Select((r, i) => new Odds { Text = r.Text, Flag = r.Flag, Probability = 0.1f + i % 9 / 10f }));
        IDataView renamed = _ml.Transforms.CopyColumns("Said", "Probability").Fit(asked).Transform(asked);
        float[] expected = Scores(DistillationTeacher.Column("Probability"));
        Scores(DistillationTeacher.Column("Said", scoresAreProbabilities: true)).Should().Equal(expected);
        Scores(DistillationTeacher.Column("Said")).Should().NotEqual(expected, "log-odds are the default of a single number");

        float[] Scores(DistillationTeacher teacher) => [.. _ml.BinaryClassification.Distill(teacher, Bag("Weight"), "Flag", distillation: new() { HardLabelWeight = 0 }).Fit(renamed).Transform(renamed).GetColumn<float>("Score")];
    }

    [Fact]
    public void A_student_that_does_not_read_the_weights_is_refused_and_freed()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(20).Select(r => new Odds { Text = r.Text, Flag = r.Flag, Probability = 0.7f }));
        FluentActions.Invoking(() => _ml.BinaryClassification.Distill(DistillationTeacher.Column("Probability"), Bag(null), "Flag").Fit(data))
            .Should().Throw<InvalidOperationException>().WithMessage("*has not read the column 'Weight'*exampleWeightColumnName*");
        // As much as a student that its owner frees.
        LiveTensors.ShouldNotGrow(() => Network().Fit(data).Dispose(), () => FluentActions.Invoking(() => _ml.BinaryClassification.Distill(DistillationTeacher.Column("Probability"), Network(), "Flag").Fit(data))
            .Should().Throw<InvalidOperationException>().WithMessage("*has not read the column 'Weight'*"));

        MLNet.Pretrain.Text.TextCnnTrainer Network() => _ml.BinaryClassification.Trainers.TextCnn(new MLNet.Pretrain.Text.TextCnnOptions { LabelColumnName = "Flag", MaxSteps = 1, Seed = 1 });
    }

    [Fact]
    public void Data_that_come_otherwise_the_second_time_are_refused()
    {
        int passes = 0;
        IEnumerable<Odds> Changing()
        {
            // The teacher's pass is beside that of the labels.
            int rows = Interlocked.Increment(ref passes) <= 2 ? 20 : 19;
            return TinyTexts.Rows(rows).Select(r => new Odds { Text = r.Text, Flag = r.Flag, Probability = 0.7f });
        }
        IDataView data = _ml.Data.LoadFromEnumerable(new Lazily<Odds>(Changing));
        FluentActions.Invoking(() => _ml.BinaryClassification.Distill(DistillationTeacher.Column("Probability"), Bag("Weight"), "Flag").Fit(data))
            .Should().Throw<InvalidOperationException>().Which.ToString().Should().Contain("give 19 rows of 20 when they are read again", "ML.NET wraps what happens on its own threads");
    }

    [Fact]
    public void Transfer_data_and_losses_of_labels_without_a_use_are_refused()
    {
        IDataView data = TinyTexts.View(_ml, 20);
        FluentActions.Invoking(() => _ml.BinaryClassification.Distill(DistillationTeacher.Column("Score"), Bag("Weight"), "Flag", distillation: new() { HardLabelWeight = 1, TransferData = data }))
            .Should().Throw<ArgumentException>().WithMessage("*HardLabelWeight is 1 and TransferData is set*");
        FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Column("Score"), new MLNet.Pretrain.Text.TextCnnOptions { LabelColumnName = "Flag", LabelSmoothing = 0.1 }, new() { HardLabelWeight = 0 }))
            .Should().Throw<ArgumentException>().WithMessage("*LabelSmoothing is set and HardLabelWeight is 0*");
    }

    private IEstimator<ITransformer> Bag(string? weight) => _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag", exampleWeightColumnName: weight));

    private sealed class Lazily<T>(Func<IEnumerable<T>> rows) : IEnumerable<T>
    {
        public IEnumerator<T> GetEnumerator() => rows().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Dropping(MLContext ml) : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new InvalidOperationException();

        public void Save(ModelSaveContext ctx) => throw new InvalidOperationException();

        public IDataView Transform(IDataView input) => ml.Data.SkipRows(input, 1);
    }

    private sealed class Text
    {
        public string TextColumn { get; set; } = "";
    }

    private sealed class Scored
    {
        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        public float Score { get; set; }
    }

    private sealed class Odds
    {
        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        public float Probability { get; set; }
    }
}
