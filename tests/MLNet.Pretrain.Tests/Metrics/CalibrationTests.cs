using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

public class CalibrationTests
{
    [Fact]
    public void A_case_worked_by_hand()
    {
        // Of four bins, (0.5, 0.75] has confidences 0.625 (right) and 0.75 (wrong), (0.75, 1] has 1 (right).
        float[][] probabilities = [[0.625f, 0.375f], [0.25f, 0.75f], [0, 1]];
        int[] truth = [0, 0, 1];
        Calibration.Bins(probabilities, truth, 4).Should().Equal(new CalibrationBin(0, 0.25, 0, 0, 0), new(0.25, 0.5, 0, 0, 0), new(0.5, 0.75, 2, 0.6875, 0.5), new(0.75, 1, 1, 1, 1));
        Calibration.ExpectedError(probabilities, truth, 4).Should().BeApproximately(2 * 0.1875 / 3, 1e-12);
        Calibration.Bins(probabilities, truth).Should().HaveCount(15);
        Calibration.BrierScore(probabilities, truth).Should().BeApproximately(2 * (0.375 * 0.375 + 0.75 * 0.75) / 3, 1e-12);
        Calibration.BrierScore([0.375f, 0.75f, 1], [false, false, true]).Should().BeApproximately((0.375 * 0.375 + 0.75 * 0.75) / 3, 1e-12);
    }

    [Fact]
    public void Confidence_on_a_bound_belongs_to_the_bin_below() =>
        Calibration.Bins([[0.5f, 0.5f]], [0], 2).Select(bin => bin.RowCount).Should().Equal(1, 0);

    [Fact]
    public void One_bin_compares_mean_confidence_with_accuracy() => AnySeed.Holds(random =>
    {
        (float[][] probabilities, int[] truth) = Rows(random);
        double accuracy = probabilities.Zip(truth, (row, t) => Array.IndexOf(row, row.Max()) == t ? 1.0 : 0).Average();
        Calibration.ExpectedError(probabilities, truth, 1).Should().BeApproximately(Math.Abs(accuracy - probabilities.Average(row => (double)row.Max())), 1e-9);
        Calibration.ExpectedError(probabilities, truth).Should().BeGreaterThanOrEqualTo(Calibration.ExpectedError(probabilities, truth, 1) - 1e-9, "more bins cancel less");
        Calibration.Bins(probabilities, truth).Sum(bin => bin.RowCount).Should().Be(truth.Length);
        Calibration.Bins(probabilities, truth).Where(bin => bin.RowCount > 0).Should().OnlyContain(bin => bin.Low - 1e-9 <= bin.MeanConfidence && bin.MeanConfidence <= bin.High + 1e-9);
        Calibration.BrierScore(probabilities, truth).Should().BeInRange(0, 2);
    });

    [Fact]
    public void Of_labels_drawn_from_the_probabilities_the_error_is_small()
    {
        var random = new Random(1);
        float[] positive = [.. Enumerable.Range(0, 50_000).Select(_ => random.NextSingle())];
        int[] truth = [.. positive.Select(p => random.NextSingle() < p ? 1 : 0)];
        Calibration.ExpectedError([.. positive.Select(p => new[] { 1 - p, p })], truth).Should().BeLessThan(0.01);
        Calibration.BrierScore(positive, [.. truth.Select(t => t == 1)]).Should().BeApproximately(1 / 6.0, 0.005, "the mean of p (1 - p)");
    }

    [Fact]
    public void What_is_no_probability_or_class_is_refused()
    {
        Refused([[0.5f, 0.5f]], [0, 1], "There are 1 rows of probabilities and 2 true classes; expected as many of one as of the other, and one row at least.");
        Refused([], [], "There are 0 rows*");
        Refused([[0.5f, 0.5f], [float.NaN, 1]], [0, 1], "Row 1 has the probability NaN; expected a number in [0, 1].");
        Refused([[-0.5f, 1.5f]], [0], "Row 0 has the probability -0.5; expected*");
        Refused([[0.5f, 0.75f]], [0], "The probabilities of row 0 sum to 1.25; expected 1. Scores that are no probabilities need a softmax first.");
        Refused([[0.5f, 0.5f], [1]], [0, 0], "Row 1 has 1 probabilities; expected 2, as row 0 has.");
        Refused([[1]], [0], "Row 0 has 1 probabilities; expected two at least.");
        Refused([[0.5f, 0.5f]], [2], "Row 0 has the true class 2; expected 0 to 1, as there are 2 classes.");
        FluentActions.Invoking(() => Calibration.Bins([[0.5f, 0.5f]], [0], 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Calibration.BrierScore([1.5f], [true])).Should().Throw<ArgumentException>().WithMessage("Row 0 has the probability 1.5; expected*");
        FluentActions.Invoking(() => Calibration.BrierScore([], (bool[])[])).Should().Throw<ArgumentException>().WithMessage("There are 0 probabilities and 0 true values*");

        static void Refused(float[][] probabilities, int[] truth, string message)
        {
            FluentActions.Invoking(() => Calibration.ExpectedError(probabilities, truth)).Should().Throw<ArgumentException>().WithMessage(message);
            FluentActions.Invoking(() => Calibration.BrierScore(probabilities, truth)).Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    private static (float[][] Probabilities, int[] Truth) Rows(Random random)
    {
        int classes = random.Next(2, 5);
        float[][] logits = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => Enumerable.Range(0, classes).Select(_ => 6 * random.NextSingle()).ToArray())];
        return ([.. logits.Select(row => new TemperatureScaling(1).Apply(row))], [.. logits.Select(_ => random.Next(classes))]);
    }
}
