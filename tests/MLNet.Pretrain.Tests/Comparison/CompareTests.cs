using System.Text.Json;
using System.Xml.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Comparison;

public class CompareTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Every_candidate_is_measured_on_the_same_rows_and_agrees_with_ML_NETs_own_metrics()
    {
        IDataView train = TinyTexts.View(_ml), test = _ml.Data.LoadFromEnumerable(Noisy(40));
        using ComparisonReport report = _ml.MulticlassClassification.Compare(train, test, new() { ["BoW"] = Bow(), ["BERT"] = Bert() }, new() { LabelColumnName = "Category" });
        foreach (CandidateResult candidate in report.Candidates)
        {
            MulticlassClassificationMetrics expected = _ml.MulticlassClassification.Evaluate(candidate.Model.Transform(test));
            candidate.Full.Accuracy.Should().BeApproximately(expected.MicroAccuracy, 1e-9);
            candidate.Full.LogLoss.Should().BeApproximately(expected.LogLoss, 1e-4);
            candidate.Full.AccuracyInterval.Contains(candidate.Full.Accuracy).Should().BeTrue();
            candidate.ModelBytes.Should().BePositive();
            candidate.Latency!.P99.Should().BeGreaterThanOrEqualTo(candidate.Latency.Median);
            candidate.Full.RowsPerSecond.Should().BePositive();
        }
        report.Baseline.Should().Be("BoW");
        report["BoW"].AgainstBaseline.Should().BeNull();
        BaselineDifference difference = report["BERT"].AgainstBaseline!;
        difference.Accuracy.Should().BeApproximately(report["BERT"].Full.Accuracy - report["BoW"].Full.Accuracy, 1e-9);
        (difference.McNemar.FirstOnly - difference.McNemar.SecondOnly).Should().Be((long)Math.Round(40 * difference.Accuracy));
    }

    [Fact]
    public void Binary_candidates_are_compared_by_their_probability()
    {
        IDataView train = TinyTexts.View(_ml), test = _ml.Data.LoadFromEnumerable(Noisy(40));
        var bow = _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag"));
        var perceptron = _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.AveragedPerceptron("Flag"));
        using ComparisonReport report = _ml.BinaryClassification.Compare(train, test, new() { ["LR"] = bow, ["Perceptron"] = perceptron }, new() { LabelColumnName = "Flag" });
        CalibratedBinaryClassificationMetrics expected = _ml.BinaryClassification.Evaluate(report["LR"].Model.Transform(test), "Flag");
        report["LR"].Full.Accuracy.Should().BeApproximately(expected.Accuracy, 1e-9);
        report["LR"].Full.LogLoss.Should().BeApproximately(expected.LogLoss * Math.Log(2), 1e-4, "ML.NET's binary log-loss is in bits");
        report["Perceptron"].Full.LogLoss.Should().BeNull("a perceptron gives no probability");
    }

    [Fact]
    public void Label_budgets_are_nested_balanced_and_end_with_all_rows()
    {
        var seen = new List<string[]>();
        var spy = new Spy(Bow(), data => seen.Add([.. data.GetColumn<string>("Category").Zip(data.GetColumn<string>("Text"), (c, t) => $"{c}/{t}")]));
        IDataView train = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(60).Select((r, i) => new TinyTexts.Row { Text = $"{r.Text} {i}", Category = r.Category }));
        using ComparisonReport report = _ml.MulticlassClassification.Compare(train, train, new() { ["spied"] = spy, ["BoW"] = Bow() }, new() { LabelColumnName = "Category", LabelBudgets = [10, 3, 10, 1000], LatencyRows = 0 });
        report["BoW"].LearningCurve.Select(m => m.LabelsPerClass).Should().Equal(3, 10, null);
        report["BoW"].LearningCurve.Select(m => m.TrainRows).Should().Equal(6, 20, 60);
        seen.Select(rows => rows.Length).Should().Equal(6, 20, 60);
        seen[0].Should().BeSubsetOf(seen[1]);
        seen[1].Count(r => r.StartsWith("good", StringComparison.Ordinal)).Should().Be(10);
        report["BoW"].Latency.Should().BeNull();
    }

    [Fact]
    public void The_verdict_says_when_the_baseline_wins_and_when_it_does_not()
    {
        IDataView train = TinyTexts.View(_ml), test = TinyTexts.View(_ml, 200);
        IEstimator<ITransformer> constant = _ml.Transforms.Expression("Length", "x => 0f", "Zero").Append(_ml.Transforms.Concatenate("Features", "Length"))
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label", "Category")).Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy());
        IDataView withZero = WithZero(train), testWithZero = WithZero(test);
        ComparisonOptions options = new() { LabelColumnName = "Category" };
        using ComparisonReport wins = _ml.MulticlassClassification.Compare(withZero, testWithZero, new() { ["BoW"] = Bow(), ["constant"] = constant }, options);
        wins.Verdict.Should().StartWith("The baseline 'BoW' wins");
        using ComparisonReport beaten = _ml.MulticlassClassification.Compare(withZero, testWithZero, new() { ["BoW"] = Bow(), ["constant"] = constant }, options with { Baseline = "constant" });
        beaten.Verdict.Should().StartWith("'BoW' beats the baseline 'constant'");
        using ComparisonReport equal = _ml.MulticlassClassification.Compare(withZero, testWithZero, new() { ["BoW"] = Bow(), ["same"] = Bow() }, options);
        equal.Verdict.Should().StartWith("The baseline 'BoW' is not beaten: 'same' is equal").And.Contain("Take the cheaper one");
    }

    [Fact]
    public void The_page_is_self_contained_and_escapes_what_users_name()
    {
        IDataView train = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Select(r => new TinyTexts.Row { Text = r.Text, Category = r.Category == "good" ? "<b>&|good" : "bad" }));
        using ComparisonReport report = _ml.MulticlassClassification.Compare(train, train, new() { ["<script>alert(1)</script>"] = Bow(), ["b|c"] = Bow() },
            new() { LabelColumnName = "Category", LabelBudgets = [5], Notes = ["<i>note</i>"] });
        string html = report.ToHtml();
        html.Should().NotContain("<script").And.NotContain("<i>note").And.NotContain("src=").And.NotContain("<link").And.NotContain("@import").And.NotMatchRegex(@"url\((?!#)");
        html.Should().Contain("prefers-color-scheme: dark").And.Contain("width=device-width").And.Contain("currentColor");
        string[] plots = [.. html.Split("<svg").Skip(1).Select(part => "<svg" + part[..part.IndexOf("</svg>", StringComparison.Ordinal)] + "</svg>")];
        plots.Should().HaveCount(3);
        foreach (string plot in plots) XElement.Parse(plot).Attribute("viewBox").Should().NotBeNull();
        plots.SelectMany(plot => XElement.Parse(plot).Descendants().Attributes("id").Select(id => id.Value)).Should().OnlyHaveUniqueItems();

        string[] table = [.. report.ToMarkdown().Split('\n').Where(line => line.StartsWith('|'))];
        table.Should().Contain(line => line.Contains(@"b\|c", StringComparison.Ordinal));
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        json.RootElement.GetProperty("candidates")[1].GetProperty("learningCurve")[1].GetProperty("accuracy").GetDouble().Should().Be(report["b|c"].Full.Accuracy);
        report.ToString().Should().Contain("Accuracy").And.Contain(report.Verdict);
    }

    [Fact]
    public void A_candidate_that_cannot_run_is_found_before_any_is_fitted()
    {
        int fits = 0;
        IDataView train = TinyTexts.View(_ml);
        var spy = new Spy(Bow(), _ => fits++);
        var wrong = _ml.Transforms.Text.FeaturizeText("Features", "NoSuchColumn").Append(Key()).Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy());
        ComparisonOptions options = new() { LabelColumnName = "Category" };
        Compare(new() { ["BoW"] = spy, ["wrong"] = wrong }, options).Should().Throw<Exception>().WithMessage("*candidate 'wrong'*NoSuchColumn*");
        Compare(new() { ["BoW"] = spy, ["no trainer"] = Key() }, options).Should().Throw<ArgumentException>().WithMessage("*'no trainer'*no column 'PredictedLabel'*");
        Compare(new() { ["BoW"] = spy }, options).Should().Throw<ArgumentException>().WithMessage("*1 candidates*baseline and one other*");
        Compare(new() { ["BoW"] = spy, ["b"] = Bow() }, options with { Baseline = "c" }).Should().Throw<ArgumentException>().WithMessage("*Baseline is 'c'*'BoW', 'b'*");
        Compare(new() { ["BoW"] = spy, ["b"] = Bow() }, options with { LabelColumnName = "Nope" }).Should().Throw<ArgumentException>().WithMessage("*no column 'Nope'*'Text', 'Category'*");
        Compare(new() { ["BoW"] = spy, ["b"] = Bow() }, options with { LabelBudgets = [5, 0] }).Should().Throw<ArgumentException>().WithMessage("*LabelBudgets has 0*");
        fits.Should().Be(0);

        Action Compare(ComparisonCandidates candidates, ComparisonOptions o) => () => _ml.MulticlassClassification.Compare(train, train, candidates, o);
    }

    [Fact]
    public void Data_without_rows_or_with_one_class_is_refused()
    {
        IDataView rows = TinyTexts.View(_ml), none = _ml.Data.LoadFromEnumerable(Array.Empty<TinyTexts.Row>());
        IDataView one = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Where(r => r.Flag));
        ComparisonCandidates candidates = new() { ["a"] = Bow(), ["b"] = Bow() };
        ComparisonOptions options = new() { LabelColumnName = "Category" };
        FluentActions.Invoking(() => _ml.MulticlassClassification.Compare(none, rows, candidates, options)).Should().Throw<InvalidOperationException>().WithMessage("*no rows*");
        FluentActions.Invoking(() => _ml.MulticlassClassification.Compare(one, rows, candidates, options)).Should().Throw<InvalidOperationException>().WithMessage("*one class only, 'good'*");
        FluentActions.Invoking(() => _ml.MulticlassClassification.Compare(rows, none, candidates, options)).Should().Throw<InvalidOperationException>().WithMessage("*test data has no row*");
    }

    [Fact]
    public void A_candidate_that_drops_or_repeats_rows_is_refused()
    {
        IDataView train = TinyTexts.View(_ml);
        var dropping = new RowChanging(Bow(), view => _ml.Data.TakeRows(view, 59));
        var repeating = new RowChanging(Bow(), view => _ml.Data.LoadFromEnumerable(Enumerable.Repeat(_ml.Data.CreateEnumerable<Predicted>(view, reuseRowObject: false), 2).SelectMany(r => r)));
        foreach (RowChanging candidate in (RowChanging[])[dropping, repeating])
            FluentActions.Invoking(() => _ml.MulticlassClassification.Compare(train, train, new() { ["BoW"] = Bow(), ["odd"] = candidate }, new() { LabelColumnName = "Category", PredictedLabelColumnName = "Named" }))
                .Should().Throw<InvalidOperationException>().WithMessage("*'odd'*scored rows for 60 test rows*drop or repeat*");
    }

    [Fact]
    public void The_report_owns_the_models_inside_chains_too()
    {
        IDataView data = TinyTexts.View(_ml);
        ComparisonReport report = _ml.MulticlassClassification.Compare(data, data, new() { ["BoW"] = Bow(), ["BERT"] = Bert() }, new() { LabelColumnName = "Category" });
        ITransformer model = report["BERT"].Model;
        model.Transform(data).GetColumn<float[]>("Score").Count().Should().Be(60);
        report.Dispose();
        FluentActions.Invoking(() => model.Transform(data).GetColumn<float[]>("Score").Count()).Should().Throw<Exception>().Which.GetBaseException().Should().BeOfType<ObjectDisposedException>();
    }

    [Fact]
    public void A_cancelled_comparison_stops_before_the_next_fit()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new List<ComparisonProgress>();
        IDataView train = TinyTexts.View(_ml);
        FluentActions.Invoking(() => _ml.MulticlassClassification.Compare(train, train, new() { ["a"] = Bow(), ["b"] = Bow() },
            new() { LabelColumnName = "Category", CancellationToken = cancel.Token, Progress = new Reporter<ComparisonProgress>(p => { progress.Add(p); if (p.Result is not null) cancel.Cancel(); }) }))
            .Should().Throw<OperationCanceledException>();
        progress.Select(p => (p.Candidate, p.FitsDone, p.FitsTotal)).Should().Equal(("a", 0, 2), ("a", 1, 2));
    }

    private IEstimator<ITransformer> Key() => _ml.Transforms.Conversion.MapValueToKey("Label", "Category");

    private IEstimator<ITransformer> Bow() => Key().Append(_ml.Transforms.Text.FeaturizeText("Features", "Text")).Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l2Regularization: 0.1f, l1Regularization: 0)).Append(_ml.Transforms.Conversion.MapKeyToValue("Named", "PredictedLabel"));

    private IEstimator<ITransformer> Bert() => Key().Append(_ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, new FineTuneTextOptions { Epochs = 3, BatchSize = 10, LearningRate = 5e-3, MaxLength = 24, Seed = 1 }));

    private IDataView WithZero(IDataView data) => _ml.Transforms.CustomMapping<TinyTexts.Row, Zero>((_, output) => output.Value = 0, null).Fit(data).Transform(data) is var mapped
        ? _ml.Transforms.CopyColumns("Zero", "Value").Fit(mapped).Transform(mapped)
        : data;

    // Some labels are wrong on purpose: a comparison in which all are right would show nothing.
    private static IEnumerable<TinyTexts.Row> Noisy(int count) => TinyTexts.Rows(count).Select((r, i) => i % 9 == 0 ? new TinyTexts.Row { Text = r.Text, Category = r.Flag ? "bad" : "good", Flag = !r.Flag } : r);

    private sealed class Zero
    {
        public float Value { get; set; }
    }

    private sealed class Predicted
    {
        public string Named { get; set; } = "";
    }

    private sealed class RowChanging(IEstimator<ITransformer> inner, Func<IDataView, IDataView> change) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new Changed(inner.Fit(input), change);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inner.GetOutputSchema(inputSchema);

        private sealed class Changed(ITransformer inner, Func<IDataView, IDataView> change) : ITransformer
        {
            public bool IsRowToRowMapper => false;

            public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

            public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new InvalidOperationException("It changes rows.");

            public void Save(ModelSaveContext ctx) => inner.Save(ctx);

            public IDataView Transform(IDataView input) => change(inner.Transform(input));
        }
    }

    private sealed class Spy(IEstimator<ITransformer> inner, Action<IDataView> onFit) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input)
        {
            onFit(input);
            return inner.Fit(input);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inner.GetOutputSchema(inputSchema);
    }
}
