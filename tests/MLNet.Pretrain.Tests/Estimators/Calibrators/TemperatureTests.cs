using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.Pretrain.Calibrators;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Calibrators;

public sealed class TemperatureTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Probabilities_of_a_model_too_sure_of_itself_come_true_and_predictions_stay()
    {
        Row[] held = Overconfident(10_000, 1), test = Overconfident(4000, 2);
        TemperatureScalingTransformer fitted = _ml.MulticlassClassification.TemperatureScaling().Fit(View(held));
        fitted.Scaling.Temperature.Should().BeApproximately(3, 0.2, "it was spoiled by 3");
        fitted.Scaling.Should().Be(TemperatureScaling.FitProbabilities([.. held.Select(r => r.Score)], [.. held.Select(r => (int)r.Label)]));
        // A search by hand finds none with less loss.
        double[] tried = [.. Enumerable.Range(-300, 601).Select(i => Math.Exp(i * 0.01))];
        double best = tried.MinBy(t => Loss(held, new TemperatureScaling(t)));
        best.Should().BeApproximately(fitted.Scaling.Temperature, 0.011 * best);
        Loss(held, fitted.Scaling).Should().BeLessThanOrEqualTo(Loss(held, new TemperatureScaling(best)) + 1e-9);

        float[][] before = [.. test.Select(r => r.Score)], after = [.. fitted.Transform(View(test)).GetColumn<float[]>("Score")];
        int[] truth = [.. test.Select(r => (int)r.Label)];
        Calibration.ExpectedError(before, truth).Should().BeGreaterThan(0.15);
        Calibration.ExpectedError(after, truth).Should().BeLessThan(0.03);
        after.Select(Top).Should().Equal(before.Select(Top));
    }

    [Fact]
    public void A_binary_score_gets_a_probability_that_ML_NET_evaluates()
    {
        var random = new Random(1);
        ScoredRow[] rows = [.. Enumerable.Range(0, 4000).Select(_ =>
        {
            double logOdds = 4 * random.NextDouble() - 2;
            return new ScoredRow { Label = random.NextDouble() < 1 / (1 + Math.Exp(-logOdds)), Score = (float)(4 * logOdds) };
        })];
        IDataView held = _ml.Data.LoadFromEnumerable(rows[..2000]), test = _ml.Data.LoadFromEnumerable(rows[2000..]);
        TemperatureScalingTransformer fitted = _ml.BinaryClassification.Calibrators.Temperature().Fit(held);
        fitted.Scaling.Temperature.Should().BeApproximately(4, 0.5);
        double[] tried = [.. Enumerable.Range(-300, 601).Select(i => Math.Exp(i * 0.01))];
        tried.MinBy(t => BinaryLoss(rows[..2000], t)).Should().BeApproximately(fitted.Scaling.Temperature, 0.011 * fitted.Scaling.Temperature);
        IDataView scored = fitted.Transform(test);
        scored.GetColumn<float>("Score").Should().Equal(rows[2000..].Select(r => r.Score));
        float[][] after = [.. scored.GetColumn<float>("Probability").Select(p => new[] { 1 - p, p })], before = [.. rows[2000..].Select(r => new[] { 1 / (1 + MathF.Exp(r.Score)), 1 / (1 + MathF.Exp(-r.Score)) })];
        int[] truth = [.. rows[2000..].Select(r => r.Label ? 1 : 0)];
        Calibration.ExpectedError(before, truth).Should().BeGreaterThan(0.15);
        Calibration.ExpectedError(after, truth).Should().BeLessThan(0.04);
        // Numbers for labels are the same labels.
        IDataView numbers = _ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Double).Fit(held).Transform(held);
        _ml.BinaryClassification.Calibrators.Temperature().Fit(numbers).Scaling.Should().Be(fitted.Scaling);
    }

    [Fact]
    public void It_works_after_stock_trainers_whatever_tells_the_class()
    {
        (IDataView train, IDataView held) = Texts();
        foreach (string column in (string[])["Category", "Flag", "Number"])
        {
            var key = _ml.Transforms.Conversion.MapValueToKey("Label", column).Append(_ml.Transforms.Text.BagOfWords("Features", "Text"));
            foreach (IEstimator<ITransformer> trainer in (IEstimator<ITransformer>[])[_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(), _ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()])
            {
                ITransformer model = key.Append(trainer).Fit(train);
                IDataView scored = model.Transform(held);
                TemperatureScalingTransformer fitted = _ml.MulticlassClassification.TemperatureScaling().Fit(scored);
                _ml.MulticlassClassification.TemperatureScaling(column).Fit(scored).Scaling.Should().Be(fitted.Scaling, "the classes have names");
                MulticlassClassificationMetrics before = _ml.MulticlassClassification.Evaluate(scored), after = _ml.MulticlassClassification.Evaluate(fitted.Transform(scored));
                after.LogLoss.Should().BeLessThanOrEqualTo(before.LogLoss + 1e-6);
                after.MicroAccuracy.Should().Be(before.MicroAccuracy);
            }
        }
        var binary = _ml.Transforms.Text.BagOfWords("Features", "Text").Append(_ml.BinaryClassification.Trainers.AveragedPerceptron("Flag"));
        IDataView uncalibrated = binary.Fit(train).Transform(held);
        CalibratedBinaryClassificationMetrics calibrated = _ml.BinaryClassification.Evaluate(_ml.BinaryClassification.Calibrators.Temperature("Flag").Fit(uncalibrated).Transform(uncalibrated), "Flag");
        calibrated.Accuracy.Should().Be(_ml.BinaryClassification.EvaluateNonCalibrated(uncalibrated, "Flag").Accuracy);
        calibrated.LogLoss.Should().BeLessThan(1);
    }

    [Fact]
    public void A_fine_tuned_chain_is_calibrated_saved_loaded_and_asked_for_one_row()
    {
        (IDataView train, IDataView held) = Texts();
        FineTuneTextOptions options = new() { LabelColumnName = "Category", Epochs = 6, BatchSize = 10, LearningRate = 5e-3, MaxLength = 24, Seed = 1 };
        using TextClassificationTransformer tuned = _ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(train);
        TemperatureScalingTransformer temperature = _ml.MulticlassClassification.TemperatureScaling("Category").Fit(tuned.Transform(held));
        TransformerChain<KeyToValueMappingTransformer> chain = tuned.Append(temperature).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(temperature.Transform(tuned.Transform(held))));
        IDataView plain = tuned.Transform(held), scored = chain.Transform(held);
        DataViewSchema.Annotations kept = plain.Schema["Score"].Annotations, now = scored.Schema["Score"].Annotations;
        now.Schema.Select(a => (a.Name, a.Type)).Should().Equal(kept.Schema.Select(a => (a.Name, a.Type)));
        scored.Schema["Score"].HasSlotNames().Should().BeTrue();
        float[][] before = [.. plain.GetColumn<float[]>("Score")], after = [.. scored.GetColumn<float[]>("Score")];
        after.Should().BeEquivalentTo(before.Select(row => temperature.Scaling.ApplyToProbabilities(row)), o => o.WithStrictOrdering());

        _ml.Model.Save(chain, held.Schema, _folder.File("model.zip"));
        var fresh = new MLContext();
        ITransformer loaded = fresh.Model.Load(_folder.File("model.zip"), out _);
        loaded.Transform(held).GetColumn<float[]>("Score").Should().BeEquivalentTo(after, o => o.WithStrictOrdering());
        using var engine = fresh.Model.CreatePredictionEngine<TextRow, Predicted>(loaded);
        Predicted predicted = engine.Predict(new() { Text = "a fine warm film" });
        predicted.PredictedLabel.Should().Be("good");
        predicted.Score.Sum().Should().BeApproximately(1, 1e-5f);
    }

    [Fact]
    public void Rows_without_a_label_are_left_out_and_those_without_a_score_get_none()
    {
        Row[] rows = Overconfident(500, 1);
        TemperatureScalingTransformer fitted = _ml.MulticlassClassification.TemperatureScaling().Fit(View(rows));
        Row[] more = [.. rows, new() { Label = Row.Missing, Score = [1, 0, 0] }, new() { Label = Row.Missing, Score = [0, 0, 1] }];
        _ml.MulticlassClassification.TemperatureScaling().Fit(View(more)).Scaling.Should().Be(fitted.Scaling);
        float[][] scores = [.. fitted.Transform(View([rows[0], new() { Score = [float.NaN, 0, 1] }])).GetColumn<float[]>("Score")];
        scores[0].Should().OnlyContain(p => float.IsFinite(p));
        scores[1].Should().OnlyContain(p => float.IsNaN(p));
        FluentActions.Invoking(() => fitted.Transform(View([rows[0], new() { Score = [2, 0, 1] }])).GetColumn<float[]>("Score").ToArray())
            .Should().Throw<InvalidOperationException>().WithMessage("TemperatureScaling, column 'Score': Row 1 has the probability 2; expected*");
    }

    [Fact]
    public void What_has_no_temperature_is_refused_in_words()
    {
        Row[] rows = Overconfident(20, 1);
        Multiclass<InvalidOperationException>(View([])).WithMessage("TemperatureScaling: there are no training rows with a label*");
        Multiclass<InvalidOperationException>(View([.. rows.Select(r => new Row { Label = 2, Score = r.Score })])).WithMessage("*all 20 rows with a label are of one class*");
        Multiclass<InvalidOperationException>(View([.. rows, new Row { Label = 1, Score = [0.5f, 0.9f, 0.1f] }])).WithMessage("TemperatureScaling, column 'Score': The probabilities of row 20 sum to 1.5; expected 1.*softmax*");
        Multiclass<InvalidOperationException>(View([.. rows, new Row { Label = 1, Score = [float.NaN, 1, 0] }])).WithMessage("*Row 20 has the probability NaN*");
        Multiclass<ArgumentException>(_ml.Data.LoadFromEnumerable(new ScoredRow[] { new() })).WithMessage("Column 'Score' is Single; TemperatureScaling reads Vector<Single> of a known size*Calibrators.Temperature*");
        Multiclass<ArgumentException>(_ml.Data.LoadFromEnumerable([new { Label = "a", Score = 1f }])).WithMessage("Column 'Score' is Single*");
        Multiclass<ArgumentException>(_ml.Data.LoadFromEnumerable([new { Label = DateTime.UnixEpoch, Score = 1f }])).WithMessage("Label column 'Label' is DateTime; TemperatureScaling reads Key<UInt32>, Text*");
        Multiclass<ArgumentException>(_ml.Transforms.DropColumns("Label").Fit(View(rows)).Transform(View(rows))).WithMessage("TemperatureScaling reads column 'Label', which is not in the data*");
        Multiclass<ArgumentException>(_ml.Transforms.CopyColumns("Label", "Number").Fit(View(rows)).Transform(View(rows))).WithMessage("Label column 'Label' is Single, and column 'Score' has 3 components without names; TemperatureScaling expected a key of 3 values.*");

        Binary<InvalidOperationException>([]).WithMessage("Temperature: there are no training rows with a label*");
        Binary<InvalidOperationException>([new() { Score = 1 }, new() { Score = 2 }]).WithMessage("*all 2 rows with a label are of one class*");
        Binary<InvalidOperationException>([new() { Score = 1 }, new() { Label = true, Score = float.PositiveInfinity }]).WithMessage("Temperature: row 1 has the score Infinity in column 'Score'; expected finite numbers.");
        FluentActions.Invoking(() => _ml.BinaryClassification.Calibrators.Temperature().Fit(View(rows))).Should().Throw<ArgumentException>().WithMessage("Label column 'Label' is Key<UInt32>; Temperature for binary*");
        FluentActions.Invoking(() => _ml.BinaryClassification.Calibrators.Temperature("Flag").Fit(_ml.Data.LoadFromEnumerable([new { Flag = true, Score = new float[2] }]))).Should().Throw<ArgumentException>().WithMessage("Column 'Score' is Vector<Single>; Temperature reads Single, log-odds*MulticlassClassification.TemperatureScaling*");

        TemperatureScalingTransformer fitted = _ml.MulticlassClassification.TemperatureScaling().Fit(View(rows));
        FluentActions.Invoking(() => fitted.Transform(_ml.Data.LoadFromEnumerable([new ScoredRow()]))).Should().Throw<ArgumentException>().WithMessage("Column 'Score' is Single; TemperatureScaling reads Vector<Single, 3>*");
        FluentActions.Invoking(() => _ml.MulticlassClassification.TemperatureScaling(scoreColumnName: "")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_label_that_is_none_of_the_scores_classes_is_named()
    {
        (IDataView train, _) = Texts();
        using TextClassificationTransformer model = _ml.MulticlassClassification.Trainers.TextCnn(new TextCnnOptions { LabelColumnName = "Category", MaxSteps = 2, Seed = 1 }).Fit(train);
        IDataView scored = model.Transform(_ml.Data.LoadFromEnumerable([new TextRow { Text = "a", Category = "good" }, new TextRow { Text = "a", Category = "so so" }]));
        FluentActions.Invoking(() => _ml.MulticlassClassification.TemperatureScaling("Category").Fit(scored)).Should().Throw<InvalidOperationException>()
            .WithMessage("TemperatureScaling: row 1 of the scored rows has the label 'so so' in column 'Category', which is none of the score's; expected 'bad', 'good'.*");
    }

    [Fact]
    public void A_temperature_at_its_bound_is_told()
    {
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        _ml.MulticlassClassification.TemperatureScaling().Fit(View([new() { Label = 0, Score = [0.5f, 0.3f, 0.2f] }, new() { Label = 1, Score = [0.3f, 0.5f, 0.2f] }])).Scaling.Temperature.Should().Be(0.01);
        log.Should().Contain(line => line.Contains("lower bound: the scores are right on all of these rows"));
        _ml.MulticlassClassification.TemperatureScaling().Fit(View([new() { Label = 1, Score = [0.5f, 0.3f, 0.2f] }, new() { Label = 0, Score = [0.3f, 0.5f, 0.2f] }])).Scaling.Temperature.Should().Be(100);
        log.Should().Contain(line => line.Contains("upper bound: the scores say nothing of these rows' classes"));
    }

    private FluentAssertions.Specialized.ExceptionAssertions<T> Multiclass<T>(IDataView data) where T : Exception =>
        FluentActions.Invoking(() => _ml.MulticlassClassification.TemperatureScaling().Fit(data)).Should().Throw<T>();

    private FluentAssertions.Specialized.ExceptionAssertions<T> Binary<T>(ScoredRow[] rows) where T : Exception =>
        FluentActions.Invoking(() => _ml.BinaryClassification.Calibrators.Temperature().Fit(_ml.Data.LoadFromEnumerable(rows))).Should().Throw<T>();

    // Classes drawn from probabilities, which are then sharpened by 3.
    private static Row[] Overconfident(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] logits = [.. Enumerable.Range(0, 3).Select(_ => 3 * random.NextSingle())];
            float[] p = new TemperatureScaling(1).Apply(logits);
            float drawn = random.NextSingle();
            return new Row { Label = drawn < p[0] ? 0u : drawn < p[0] + p[1] ? 1u : 2u, Score = new TemperatureScaling(1 / 3.0).Apply(logits) };
        })];
    }

    private static double Loss(Row[] rows, TemperatureScaling scaling) => rows.Average(r => LogLoss.OfRow([.. scaling.ApplyToProbabilities(r.Score).Select(p => (double)p)], (int)r.Label));

    private static double BinaryLoss(ScoredRow[] rows, double temperature) => rows.Average(r => Math.Log(1 + Math.Exp((r.Label ? -r.Score : r.Score) / temperature)));

    private static int Top(float[] scores) => Array.IndexOf(scores, scores.Max());

    // Every eighth label is the other one, so that no model should be sure.
    private (IDataView Train, IDataView Held) Texts()
    {
        TextRow[] rows = [.. TinyTexts.Rows(240).Select((r, i) =>
        {
            bool flag = r.Flag ^ (i / 2 % 8 == 3);
            return new TextRow { Text = r.Text, Category = flag ? "good" : "bad", Flag = flag, Number = flag ? 7.5f : -1 };
        })];
        return (_ml.Data.LoadFromEnumerable(rows[..160]), _ml.Data.LoadFromEnumerable(rows[160..]));
    }

    private IDataView View(Row[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private sealed class Row
    {
        // ML.NET makes keys of these by adding 1; what is beyond them is missing.
        public const uint Missing = 3;

        [KeyType(3)]
        public uint Label { get; set; }

        public float Number { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [1, 0, 0];
    }

    private sealed class ScoredRow
    {
        public bool Label { get; set; }

        public float Score { get; set; }
    }

    private sealed class TextRow
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";

        public bool Flag { get; set; }

        public float Number { get; set; }
    }

    private sealed class Predicted
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
