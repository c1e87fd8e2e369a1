using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class FineTuneTextRegressionTests : IDisposable
{
    private static readonly string[] s_words = ["red", "blue", "green", "house", "tree", "stone", "river", "cloud"];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_learns_a_number_in_the_labels_own_unit_and_tells_how_well()
    {
        // 1,000 and 7 for each "red": far from what a fresh head gives.
        Row[] rows = Rows(300, 1, count => 1000 + 7 * count), held = Rows(100, 2, count => 1000 + 7 * count);
        IReadOnlyDictionary<string, double>? metrics = null;
        FineTuneTextRegressionOptions options = Options();
        (options.ValidationData, options.Progress) = (View(held), new Reporter(p => metrics = p.Metrics ?? metrics));
        using TextRegressionTransformer model = Fit(View(rows), options);
        IDataView scored = model.Transform(View(held));
        RegressionMetrics expected = _ml.Regression.Evaluate(scored, "Number");
        expected.RSquared.Should().BeGreaterThan(0.9);
        metrics!["RootMeanSquaredError"].Should().BeApproximately(expected.RootMeanSquaredError, 1e-2);
        double[] scores = [.. scored.GetColumn<float>("Score").Select(s => (double)s)], truth = [.. held.Select(r => (double)r.Number)];
        metrics["Pearson"].Should().BeApproximately(Correlation.Pearson(scores, truth), 1e-4);
        metrics["Spearman"].Should().BeApproximately(Correlation.Spearman(scores, truth), 1e-2);
    }

    [Fact]
    public void A_saved_regression_scores_the_same_and_its_checkpoint_is_a_classifier_of_one_label()
    {
        using TextRegressionTransformer model = Fit(View(Rows(60, 1, count => count)), Options(steps: 5));
        float[] scores = [.. model.Transform(View(Rows(20, 2, count => count))).GetColumn<float>("Score")];
        _ml.Model.Save(model, View(Rows(1, 1, count => count)).Schema, _folder.File("model.zip"));
        ITransformer loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        using var owned = (IDisposable)loaded;
        loaded.Transform(View(Rows(20, 2, count => count))).GetColumn<float>("Score").Should().Equal(scores);
        model.SaveCheckpoint(_folder.File("checkpoint"));
        File.ReadAllText(Path.Combine(_folder.File("checkpoint"), "config.json")).Should().Contain("BertForSequenceClassification").And.Contain("LABEL_0");
    }

    [Fact]
    public void A_model_that_scores_in_sixteen_bits_keeps_years_apart()
    {
        FineTuneTextRegressionOptions options = Options();
        options.ScoringPrecision = ScoringPrecision.BFloat16;
        using TextRegressionTransformer model = Fit(View(Rows(300, 1, count => 2000 + count)), options);
        IDataView rows = View(Rows(100, 2, count => 2000 + count));
        _ml.Regression.Evaluate(model.Transform(rows), "Number").RSquared.Should().BeGreaterThan(0.8);
        _ml.Model.Save(model, rows.Schema, _folder.File("model.zip"));
        ITransformer loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        using var owned = (IDisposable)loaded;
        loaded.Transform(rows).GetColumn<float>("Score").Should().Equal(model.Transform(rows).GetColumn<float>("Score"));
    }

    [Fact]
    public void Row_weights_of_zero_take_rows_out_and_missing_labels_too()
    {
        Row[] good = Rows(120, 1, count => count), bad = Rows(120, 3, count => -100 * count);
        foreach (Row row in bad) row.Weight = 0;
        Row[] missing = Rows(20, 4, _ => float.NaN);
        FineTuneTextRegressionOptions options = Options();
        options.ExampleWeightColumnName = "Weight";
        using TextRegressionTransformer model = Fit(View([.. good, .. bad, .. missing]), options);
        float[] scores = [.. model.Transform(View(good)).GetColumn<float>("Score")];
        Correlation.Pearson([.. scores.Select(s => (double)s)], [.. good.Select(r => (double)r.Number)]).Should().BePositive();
    }

    [Fact]
    public void Labels_may_be_any_type_of_number()
    {
        Row[] rows = Rows(60, 1, count => count);
        float[] expected = Scores(r => r.Number);
        foreach (float[] scores in (float[][])[Scores(r => (double)r.Number), Scores(r => (int)r.Number), Scores(r => (byte)r.Number), Scores(r => (long)r.Number)])
            scores.Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-3f);

        float[] Scores<T>(Func<Row, T> label)
        {
            FineTuneTextRegressionOptions options = Options(20);
            options.Threads = 1;
            using TextRegressionTransformer model = Fit(_ml.Data.LoadFromEnumerable(rows.Select(r => new { r.Text, Number = label(r) })), options);
            return [.. model.Transform(View(rows)).GetColumn<float>("Score")];
        }
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Refused<ArgumentException>(Options(), _ml.Data.LoadFromEnumerable(TinyTexts.Rows(4).Select(r => new { r.Text, Number = "1" }))).WithMessage("*Label column 'Number' is String*Single*");
        Refused<InvalidOperationException>(Options(), View(Rows(9, 1, _ => 3))).WithMessage("*all 9 training rows have the label 3; expected different numbers*");
        Refused<InvalidOperationException>(Options(), View(Rows(9, 1, _ => float.PositiveInfinity))).WithMessage("*infinite*");
        Refused<InvalidOperationException>(Options(), _ml.Data.LoadFromEnumerable(TinyTexts.Rows(4).Select(r => new { r.Text, Number = 1e300 }))).WithMessage("Row 0 of label column 'Number' is 1E+300, which is too large for 32 bits*");
        Refused<ArgumentException>(Options(), _ml.Data.LoadFromEnumerable(TinyTexts.Rows(4).Select(r => new { r.Text, Number = r.Flag }))).WithMessage("*'Number' is Boolean*ConvertType*");
        Refused<InvalidOperationException>(Options(), View(Rows(9, 1, _ => float.NaN))).WithMessage("*no training rows with a label*");
        Refused<ArgumentException>(With(o => o.ReinitializedLayers = 3), View(Rows(9, 1, count => count))).WithMessage("*ReinitializedLayers is 3, but the encoder has 2 layers*");
        Refused<ArgumentException>(With(o => (o.ReinitializedLayers, o.Lora) = (1, new()))).WithMessage("*ReinitializedLayers is 1 and Lora is set*");
        Refused<ArgumentException>(With(o => (o.ReinitializedLayers, o.FrozenLayers) = (1, 2)), View(Rows(9, 1, count => count))).WithMessage("*ReinitializedLayers is 1 and FrozenLayers 2 of 2 layers*");
        Refused<IOException>(With(o => (o.Lora, o.LoraFile) = (new(), _folder.Path)), View(Rows(9, 1, count => count))).WithMessage("*is a folder; expected a file*");
        Refused<ArgumentException>(With(o => o.LoraFile = "x")).WithMessage("*LoraFile is 'x'*");
        Refused<ArgumentException>(With(o => o.Lora = new() { Rank = 0 })).WithMessage("FineTuneText: Lora: Rank is 0*");
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void Adapters_learn_in_the_encoders_place_and_come_back_from_their_small_file(TrainingPrecision precision)
    {
        IDataView rows = View(Rows(200, 1, count => count));
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText(TinyTexts.Encoder, new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector" }).Fit(rows);
        FineTuneTextRegressionOptions options = Options();
        (options.Precision, options.LearningRate, options.Lora, options.LoraFile) = (precision, 1e-2, new LoraOptions { Rank = 4, Targets = LoraTargets.All }, _folder.File("red.safetensors"));
        using TextRegressionTransformer model = Fit(rows, options, encoder);
        _ml.Regression.Evaluate(model.Transform(rows), "Number").RSquared.Should().BeGreaterThan(0.5);
        new FileInfo(_folder.File("red.safetensors")).Length.Should().BeLessThan(40_000);

        // The fitted model's encoder is the given one and the adapters, to the last bit of 32.
        model.SaveCheckpoint(_folder.File("checkpoint"));
        TextEncodingOptions columns = new() { InputColumnName = "Text", OutputColumnName = "Vector" };
        using TextEncoderTransformer merged = _ml.Transforms.Text.EncodeText(_folder.File("checkpoint"), columns).Fit(rows);
        using TextEncoderTransformer adapted = _ml.Transforms.Text.EncodeText(TextEncoderSource.FromTransformer(encoder).WithAdapters(_folder.File("red.safetensors")), columns).Fit(rows);
        float[] expected = Vector(merged), found = Vector(adapted), plain = Vector(encoder);
        for (int i = 0; i < expected.Length; i++) found[i].Should().BeApproximately(expected[i], 1e-5f);
        found.Zip(plain, (a, b) => Math.Abs(a - b)).Max().Should().BeGreaterThan(1e-2f);

        File.WriteAllBytes(_folder.File("cut"), File.ReadAllBytes(_folder.File("red.safetensors"))[..500]);
        FluentActions.Invoking(() => _ml.Transforms.Text.EncodeText(TextEncoderSource.FromTransformer(encoder).WithAdapters(_folder.File("cut")), columns).Fit(rows)).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => _ml.Transforms.Text.EncodeText(TextEncoderSource.FromTransformer(encoder).WithAdapters(Path.Combine(_folder.File("checkpoint"), "model.safetensors")), columns).Fit(rows))
            .Should().Throw<InvalidDataException>().WithMessage("*rank, alpha and targets*");

        float[] Vector(ITransformer transformer) => transformer.Transform(rows).GetColumn<float[]>("Vector").First();
    }

    private FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(FineTuneTextRegressionOptions options, IDataView? data = null) where T : Exception =>
        FluentActions.Invoking(() => Fit(data ?? View(Rows(9, 1, count => count)), options).Dispose()).Should().Throw<T>();

    private TextRegressionTransformer Fit(IDataView rows, FineTuneTextRegressionOptions options, TextEncoderSource? encoder = null) =>
        _ml.Regression.Trainers.FineTuneText(encoder ?? TinyTexts.Encoder, options).Fit(rows);

    private static FineTuneTextRegressionOptions With(Action<FineTuneTextRegressionOptions> change)
    {
        FineTuneTextRegressionOptions options = Options(1);
        change(options);
        return options;
    }

    private static FineTuneTextRegressionOptions Options(int steps = 300) => new() { LabelColumnName = "Number", MinSteps = steps, MaxSteps = steps, BatchSize = 16, LearningRate = 2e-3, MaxLength = 32, Dropout = 0, Seed = 1 };

    // The number follows from how often "red" stands in the text.
    private static Row[] Rows(int rows, int seed, Func<int, float> number)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            string[] words = [.. Enumerable.Range(0, 8).Select(_ => s_words[random.Next(s_words.Length) * random.Next(2)])];
            return new Row { Text = string.Join(' ', words), Number = number(words.Count(w => w == "red")) };
        })];
    }

    private IDataView View(IEnumerable<Row> rows) => _ml.Data.LoadFromEnumerable(rows);

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public float Number { get; set; }

        public float Weight { get; set; } = 1;
    }
}
