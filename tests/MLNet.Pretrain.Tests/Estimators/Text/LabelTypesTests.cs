using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

/// <summary>Labels of every type that users have, by the classifiers.</summary>
public sealed class LabelTypesTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Predictions_have_the_values_and_the_type_of_the_label()
    {
        Gives("a", "b");
        Gives("B", "a");   // as code units, not as words
        Gives(false, true);
        Gives(-2.5f, 1e20f);
        Gives(0.1, 1 / 3.0);
        Gives<sbyte>(-100, 100);
        Gives<byte>(2, 10);   // as numbers, not as text
        Gives<short>(-7, 7);
        Gives<ushort>(7, 60_000);
        Gives(-10, -2);
        Gives(3u, 4_000_000_000u);
        Gives(long.MaxValue - 1, long.MaxValue);   // one number in 64 bits of floating point
        Gives(ulong.MaxValue - 1, ulong.MaxValue);

        void Gives<T>(T first, T second)
        {
            IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Select(r => new Labelled<T> { Text = r.Text, Label = r.Flag ? second : first }));
            using TransformerChain<KeyToValueMappingTransformer> model = Cnn().Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
            _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
            ITransformer loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
            using var owned = (IDisposable)loaded;
            foreach (ITransformer transformer in (ITransformer[])[model, loaded])
                transformer.Transform(data).GetColumn<T>("PredictedLabel").Should().Equal(data.GetColumn<T>("Label"), $"they are of {typeof(T).Name}");
            VBuffer<T> values = default;
            if (first is string) return;   // annotations hold text as memory
            ((TextClassificationTransformer)model.First()).GetOutputSchema(data.Schema)["PredictedLabel"].GetKeyValues(ref values);
            values.DenseValues().Should().Equal(first, second);
        }
    }

    [Fact]
    public void Classes_do_not_depend_on_the_order_of_rows_nor_on_how_they_are_written()
    {
        TinyTexts.Row[] rows = [.. TinyTexts.Rows()];
        using TextClassificationTransformer forwards = Cnn("Category").Fit(_ml.Data.LoadFromEnumerable(rows)), backwards = Cnn("Category").Fit(_ml.Data.LoadFromEnumerable(rows.Reverse()));
        forwards.Labels.Should().Equal("bad", "good");
        backwards.Labels.Should().Equal(forwards.Labels);
        IDataView zeros = _ml.Data.LoadFromEnumerable(rows.Select((r, i) => new Labelled<float> { Text = r.Text, Label = r.Flag ? 1 : i % 4 == 1 ? 0 : -0f }));
        using TextClassificationTransformer two = Cnn().Fit(zeros);
        two.Labels.Should().Equal("0", "1");
    }

    [Fact]
    public void A_text_label_needs_no_key_before_nor_after_saving_nor_for_a_prediction_engine()
    {
        IDataView data = TinyTexts.View(_ml);
        var chain = _ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Category")).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using TransformerChain<KeyToValueMappingTransformer> model = chain.Fit(data);
        model.Transform(data).GetColumn<string>("PredictedLabel").Should().Equal(data.GetColumn<string>("Category"));
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        var fresh = new MLContext();
        using var engine = fresh.Model.CreatePredictionEngine<TinyTexts.Row, Predicted>(fresh.Model.Load(_folder.File("model.zip"), out _));
        engine.Predict(new() { Text = "a fine warm film" }).PredictedLabel.Should().Be("good");
        engine.Predict(new() { Text = "dull" }).PredictedLabel.Should().Be("bad");

        // The same classes as a key in the same order are the same model.
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label", "Category", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(data).Transform(data);
        using TextClassificationTransformer ofKeys = _ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Label")).Fit(keyed);
        ofKeys.Transform(data).GetColumn<float[]>("Score").Should().BeEquivalentTo(model.Transform(data).GetColumn<float[]>("Score"), o => o.WithStrictOrdering());
    }

    [Fact]
    public void Rows_without_a_label_are_left_out()
    {
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        Left("good", "bad", "");
        Left<string?>("good", "bad", null);
        Left(1f, 2f, float.NaN);
        Left(1.0, 2.0, double.NaN);

        void Left<T>(T good, T bad, T missing)
        {
            log.Clear();
            var rows = TinyTexts.Rows().Select(r => new Labelled<T> { Text = r.Text, Label = r.Flag ? good : bad }).ToList();
            int labelled = rows.Count;
            rows.AddRange(TinyTexts.Rows(8).Select(r => new Labelled<T> { Text = r.Text, Label = missing }));
            using TextClassificationTransformer model = Cnn().Fit(_ml.Data.LoadFromEnumerable(rows));
            model.Labels.Should().HaveCount(2);
            log.Should().Contain(line => line.Contains("8 training rows have no label and are left out")).And.Contain(line => line.Contains($"has 2 classes in {labelled} rows"));
        }
    }

    [Fact]
    public void Validation_labels_are_known_by_name_and_others_refused_by_it()
    {
        IDataView data = TinyTexts.View(_ml);
        // Bad comes first here, and good in training.
        IDataView otherOrder = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Skip(1));
        otherOrder = _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(otherOrder).Transform(otherOrder);
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(data).Transform(data);
        double accuracy = 0;
        FineTuneTextOptions options = Options("Label");
        (options.ValidationData, options.Progress) = (otherOrder, new Reporter(p => accuracy = p.Metrics?["Accuracy"] ?? accuracy));
        _ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(keyed).Dispose();
        accuracy.Should().Be(1);

        TextCnnOptions cnn = CnnOptions("Category");
        cnn.ValidationData = _ml.Data.LoadFromEnumerable([.. TinyTexts.Rows(4), new TinyTexts.Row { Text = "so so", Category = "middling" }]);
        FluentActions.Invoking(() => _ml.MulticlassClassification.Trainers.TextCnn(cnn).Fit(data)).Should().Throw<InvalidOperationException>()
            .WithMessage("TextCnn: row 4 of the validation data has the label 'middling' in column 'Category', which is none of the training data's; expected 'bad', 'good'.*");
    }

    [Fact]
    public void Ones_and_zeros_of_any_type_are_true_and_false()
    {
        using TextClassificationTransformer ofBooleans = Binary("Flag").Fit(TinyTexts.View(_ml));
        float[] expected = [.. ofBooleans.Transform(TinyTexts.View(_ml)).GetColumn<float>("Probability")];
        Same(0f, 1f, float.NaN);
        Same(0.0, 1.0, double.NaN);
        Same(0, 1);
        Same<byte>(0, 1);
        Same(0L, 1L);

        void Same<T>(T no, T yes, T? missing = null) where T : struct
        {
            var rows = TinyTexts.Rows().Select(r => new Labelled<T> { Text = r.Text, Label = r.Flag ? yes : no }).ToList();
            if (missing is { } none) rows.Add(new() { Text = "no label", Label = none });
            using TextClassificationTransformer model = Binary("Label").Fit(_ml.Data.LoadFromEnumerable(rows));
            model.Transform(TinyTexts.View(_ml)).GetColumn<float>("Probability").Should().Equal(expected, (a, b) => Math.Abs(a - b) < 0.02f);
            model.Transform(TinyTexts.View(_ml)).Schema["PredictedLabel"].Type.Should().Be(BooleanDataViewType.Instance);
        }
    }

    [Fact]
    public void ML_NET_evaluates_and_cross_validates_the_types_that_it_reads()
    {
        // Binary: Boolean, Single and Double. Multiclass: keys, and Single that counts classes from 0.
        IDataView zeroOne = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Select(r => new Labelled<float> { Text = r.Text, Label = r.Flag ? 1 : 0 }));
        _ml.BinaryClassification.CrossValidate(zeroOne, Binary("Label"), numberOfFolds: 2).Should().OnlyContain(fold => fold.Metrics.Accuracy > 0.8);
        _ml.BinaryClassification.CrossValidate(TinyTexts.View(_ml), Binary("Flag"), numberOfFolds: 2, labelColumnName: "Flag").Should().OnlyContain(fold => fold.Metrics.Accuracy > 0.8);
        _ml.MulticlassClassification.CrossValidate(zeroOne, Cnn(), numberOfFolds: 2).Should().OnlyContain(fold => fold.Metrics.MicroAccuracy > 0.8);

        // Others are mapped for it, with the classes in the model's order.
        IDataView data = TinyTexts.View(_ml);
        using TextClassificationTransformer model = Cnn("Category").Fit(data);
        IDataView scored = model.Transform(data);
        IDataView classes = _ml.Data.LoadFromEnumerable(model.Labels.Select(label => new { Category = label }));
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("Label", "Category", keyData: classes).Fit(scored).Transform(scored);
        _ml.MulticlassClassification.Evaluate(mapped).MicroAccuracy.Should().Be(1);
    }

    [Fact]
    public void Labels_that_are_none_are_refused()
    {
        Refused<InvalidOperationException, float>(Cnn(), i => i).WithMessage("TextCnn: label column 'Label' has more than 1000 different values in the first 1001 rows; expected a few classes. To predict a number use Regression.Trainers;*MapValueToKey.");
        Refused<InvalidOperationException, string>(Cnn(), _ => "same").WithMessage("*all 1200 labelled rows are of one class, 'same'; expected rows of 2 or more. Check column 'Label'.");
        Refused<InvalidOperationException, string>(Cnn(), _ => "").WithMessage("*there are no training rows with a label*'Label'*");
        Refused<ArgumentException, DateTime>(Cnn(), _ => DateTime.UnixEpoch).WithMessage("Label column 'Label' is DateTime; TextCnn for multiclass classification reads Key<UInt32>, Text, Boolean or a type of number.*");
        Refused<InvalidOperationException, float>(Binary("Label"), i => i % 3).WithMessage("Row 2 of label column 'Label' is 2; expected 1 for true, 0 for false, or NaN*MulticlassClassification*");
        Refused<InvalidOperationException, float>(Binary("Label"), i => i % 2 * 0.5f).WithMessage("Row 1 of label column 'Label' is 0.5; expected 1*");
        Refused<ArgumentException, string>(Binary("Label"), i => i % 2 == 0 ? "yes" : "no").WithMessage("Label column 'Label' is String; TextCnn for binary classification reads Boolean, or a number that is 0 or 1.*MulticlassClassification*");
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(TinyTexts.View(_ml)).Transform(TinyTexts.View(_ml));
        FluentActions.Invoking(() => Binary("Label").Fit(keyed)).Should().Throw<ArgumentException>().WithMessage("Label column 'Label' is Key<UInt32>; TextCnn for binary*");
        IDataView hashed = _ml.Transforms.Conversion.Hash("Label", "Category").Fit(TinyTexts.View(_ml)).Transform(TinyTexts.View(_ml));
        FluentActions.Invoking(() => Cnn().Fit(hashed)).Should().Throw<ArgumentException>().WithMessage("*'Label' have no values and go up to 2147483648*MapValueToKey*");

        FluentAssertions.Specialized.ExceptionAssertions<TException> Refused<TException, T>(TextCnnTrainer trainer, Func<int, T> label) where TException : Exception =>
            FluentActions.Invoking(() => trainer.Fit(_ml.Data.LoadFromEnumerable(Enumerable.Range(0, 1200).Select(i => new Labelled<T> { Text = "text", Label = label(i) })))).Should().Throw<TException>();
    }

    private TextCnnTrainer Cnn(string label = "Label") => _ml.MulticlassClassification.Trainers.TextCnn(CnnOptions(label));

    private TextCnnTrainer Binary(string label) => _ml.BinaryClassification.Trainers.TextCnn(CnnOptions(label));

    private static TextCnnOptions CnnOptions(string label) => new() { LabelColumnName = label, MinSteps = 60, MaxSteps = 60, BatchSize = 10, EmbeddingSize = 8, FeatureMaps = 8, LearningRate = 0.02, Dropout = 0, Seed = 1, Threads = 1 };

    private static FineTuneTextOptions Options(string label) => new() { LabelColumnName = label, Epochs = 12, BatchSize = 10, LearningRate = 5e-3, MaxLength = 24, Dropout = 0, Seed = 1, Threads = 1 };

    private sealed class Labelled<T>
    {
        public string Text { get; set; } = "";

        public T Label { get; set; } = default!;
    }

    private sealed class Predicted
    {
        public string PredictedLabel { get; set; } = "";
    }
}
