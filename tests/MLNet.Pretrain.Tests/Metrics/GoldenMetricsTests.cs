using System.Text.Json;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

/// <summary>Metrics against scikit-learn, statsmodels and scipy: Golden/metrics/README.md.</summary>
public class GoldenMetricsTests
{
    private const double Tolerance = 1e-9;

    [Fact]
    public void Correlations_equal_scipys()
    {
        using JsonDocument cases = Read("correlation.json");
        foreach (JsonElement c in cases.RootElement.EnumerateArray())
        {
            double[] x = Doubles(c.GetProperty("x")), y = Doubles(c.GetProperty("y"));
            Correlation.Pearson(x, y).Should().BeApproximately(c.GetProperty("pearson").GetDouble(), Tolerance);
            Correlation.Spearman(x, y).Should().BeApproximately(c.GetProperty("spearman").GetDouble(), Tolerance);
        }
    }

    [Fact]
    public void Classification_metrics_equal_scikit_learns()
    {
        using JsonDocument cases = Read("classification.json");
        foreach (JsonElement c in cases.RootElement.EnumerateArray())
        {
            int classes = c.GetProperty("num_classes").GetInt32();
            int[] truth = Ints(c.GetProperty("labels")), predicted = Ints(c.GetProperty("predictions"));
            var counts = new ConfusionCounts(truth, predicted, classes);
            Check(counts.Accuracy, "accuracy");
            Check(counts.MacroF1, "f1_macro");
            Check(counts.MacroPrecision, "precision_macro");
            Check(counts.MacroRecall, "recall_macro");
            Check(counts.WeightedF1, "f1_weighted");
            Check(counts.WeightedPrecision, "precision_weighted");
            Check(counts.WeightedRecall, "recall_weighted");
            Check(counts.MicroF1, "f1_micro");
            Check(counts.MicroPrecision, "precision_micro");
            Check(counts.MicroRecall, "recall_micro");
            Check(counts.BalancedAccuracy, "balanced_accuracy");
            Check(counts.MatthewsCorrelation, "mcc");
            Enumerable.Range(0, classes).Select(counts.F1).Should().Equal(Doubles(c.GetProperty("f1_per_class")), (a, b) => Math.Abs(a - b) < Tolerance);
            c.GetProperty("confusion_matrix").EnumerateArray().Select(Ints).SelectMany(row => row)
                .Should().Equal(Enumerable.Range(0, classes * classes).Select(i => (int)counts[i / classes, i % classes]));
            if (c.TryGetProperty("probabilities", out JsonElement rows) && rows.ValueKind == JsonValueKind.Array)
                Check(rows.EnumerateArray().Select((row, i) => LogLoss.OfRow(Doubles(row), truth[i])).Average(), "log_loss");

            void Check(double ours, string name)
            {
                if (c.TryGetProperty(name, out JsonElement expected) && expected.ValueKind == JsonValueKind.Number) ours.Should().BeApproximately(expected.GetDouble(), Tolerance, name);
            }
        }
    }

    [Fact]
    public void McNemars_exact_test_equals_statsmodels()
    {
        using JsonDocument cases = Read("significance.json");
        foreach (JsonElement c in cases.RootElement.GetProperty("mcnemar").EnumerateArray())
        {
            int[][] table = [.. c.GetProperty("table").EnumerateArray().Select(Ints)];
            new McNemarTest(table[0][1], table[1][0]).PValue.Should().BeApproximately(c.GetProperty("exact_p").GetDouble(), 1e-12);
        }
    }

    [Fact]
    public void McNemars_test_holds_for_many_thousand_differences()
    {
        // scipy.stats.binomtest(4800, 10000).pvalue and binomtest(3000, 10000).pvalue
        new McNemarTest(4800, 5200).PValue.Should().BeApproximately(6.6e-05, 1e-6);
        new McNemarTest(5000, 5000).PValue.Should().Be(1);
        new McNemarTest(3000, 7000).PValue.Should().BeInRange(0, 1e-300);
    }

    [Fact]
    public void A_bootstrap_interval_of_a_mean_is_the_binomials()
    {
        double[] rows = [.. Enumerable.Range(0, 1000).Select(i => i % 10 < 8 ? 1.0 : 0)];
        Interval interval = new Bootstrap(4000).OfMean(rows);
        // Normal approximation: 0.8 +- 1.96 sqrt(0.8 * 0.2 / 1000).
        interval.Low.Should().BeApproximately(0.7752, 0.003);
        interval.High.Should().BeApproximately(0.8248, 0.003);
    }

    [Fact]
    public void Holms_correction_is_the_papers() =>
        Holm.Adjust([0.01, 0.04, 0.03, 0.005]).Should().Equal([0.03, 0.06, 0.06, 0.02], (a, b) => Math.Abs(a - b) < Tolerance);

    [Fact]
    public void A_row_without_a_prediction_counts_as_wrong_and_as_no_class()
    {
        var counts = new ConfusionCounts([0, 0, 1], [0, -1, 1], 2);
        counts.Accuracy.Should().BeApproximately(2 / 3.0, Tolerance);
        counts.Support(0).Should().Be(2);
        counts.Predicted(0).Should().Be(1);
        counts.F1(0).Should().BeApproximately(2 / 3.0, Tolerance);
        (counts.MicroPrecision, counts.MicroRecall, counts.MicroF1).Should().Be((1, 2 / 3.0, 0.8));
    }

    [Theory]
    [InlineData(new[] { 0, 2 }, new[] { 0, 1 }, "Row 1 has the true class 2; expected 0 to 1, as there are 2 classes.")]
    [InlineData(new[] { -1, 1 }, new[] { 0, 1 }, "Row 0 has the true class -1; expected 0 to 1, as there are 2 classes.")]
    [InlineData(new[] { 0, 1 }, new[] { 0, 2 }, "Row 1 has the predicted class 2; expected 0 to 1, as there are 2 classes.")]
    [InlineData(new[] { 0, 1 }, new[] { 0, -2 }, "Row 1 has the predicted class -2; expected *")]
    [InlineData(new[] { 0, 1 }, new[] { 0 }, "There are 2 true classes and 1 predicted ones; expected as many of one as of the other, and one row at least.")]
    [InlineData(new int[0], new int[0], "There are 0 true classes and 0 predicted ones; expected *")]
    public void Classes_that_cannot_be_counted_are_refused(int[] truth, int[] predicted, string message) =>
        FluentActions.Invoking(() => new ConfusionCounts(truth, predicted, 2)).Should().Throw<ArgumentException>().WithMessage(message);

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void A_loss_of_a_class_that_has_no_probability_is_refused(int truth) =>
        FluentActions.Invoking(() => LogLoss.OfRow([0.5, 0.5], truth)).Should().Throw<ArgumentException>().WithMessage($"The true class is {truth}; expected -1 to 1, as there are 2 probabilities.");

    private static JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllText(Golden.Path($"metrics/{name}")));

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt32())];

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];
}
