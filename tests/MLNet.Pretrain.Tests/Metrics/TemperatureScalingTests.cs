using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

public class TemperatureScalingTests
{
    [Fact]
    public void A_case_worked_by_hand()
    {
        // Three of four right at a difference of 5: the best probability is 3 / 4, so 5 / T = ln 3.
        float[][] logits = [[0, 5], [7, 12], [5, 0], [-5, 0]];
        double expected = 5 / Math.Log(3);
        TemperatureScaling scaling = TemperatureScaling.Fit(logits, [1, 1, 0, 0]);
        scaling.Temperature.Should().BeApproximately(expected, 1e-9);
        scaling.Apply(logits[0]).Should().Equal([0.25f, 0.75f], (a, b) => Math.Abs(a - b) < 1e-6);
        scaling.Should().Be(new TemperatureScaling(scaling.Temperature));
    }

    [Fact]
    public void No_other_temperature_has_less_loss() => AnySeed.Holds(random =>
    {
        int classes = random.Next(2, 6);
        double scale = Math.Exp(4 * random.NextDouble() - 2);
        float[][] logits = [.. Enumerable.Range(0, random.Next(5, 80)).Select(_ => Enumerable.Range(0, classes).Select(_ => (float)(scale * 4 * (random.NextDouble() - 0.5))).ToArray())];
        int[] truth = [.. logits.Select(row => random.Next(3) == 0 ? random.Next(classes) : Array.IndexOf(row, row.Max()))];
        double best = TemperatureScaling.Fit(logits, truth).Temperature;
        best.Should().BeInRange(0.01, 100);
        foreach (double factor in (double[])[0.1, 0.5, 0.9, 0.999, 1.001, 1.1, 2, 10])
            if (best * factor is >= 0.01 and <= 100) Loss(logits, truth, best * factor).Should().BeGreaterThanOrEqualTo(Loss(logits, truth, best) - 1e-12);
    });

    [Fact]
    public void The_temperature_that_spoiled_probabilities_is_found_again_and_their_calibration_restored()
    {
        var random = new Random(1);
        float[][] logits = [.. Enumerable.Range(0, 20_000).Select(_ => Enumerable.Range(0, 4).Select(_ => 4 * random.NextSingle()).ToArray())];
        int[] truth = [.. logits.Select(row => Draw(new TemperatureScaling(1).Apply(row), random))];
        float[][] tooSure = [.. logits.Select(row => row.Select(z => 3 * z).ToArray())];
        TemperatureScaling scaling = TemperatureScaling.Fit(tooSure, truth);
        scaling.Temperature.Should().BeApproximately(3, 0.1);

        float[][] before = [.. tooSure.Select(row => new TemperatureScaling(1).Apply(row))], after = [.. tooSure.Select(row => scaling.Apply(row))];
        Calibration.ExpectedError(before, truth).Should().BeGreaterThan(0.2);
        Calibration.ExpectedError(after, truth).Should().BeLessThan(0.015);
        before.Select(row => Array.IndexOf(row, row.Max())).Should().Equal(after.Select(row => Array.IndexOf(row, row.Max())));

        TemperatureScaling fromProbabilities = TemperatureScaling.FitProbabilities(before, truth);
        fromProbabilities.Temperature.Should().BeApproximately(scaling.Temperature, 1e-4);
        fromProbabilities.ApplyToProbabilities(before[0]).Should().Equal(after[0], (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void A_number_added_to_all_logits_of_a_row_changes_nothing()
    {
        float[][] logits = [[0, 5], [0, 5], [5, 0], [0, 5]];
        float[][] moved = [.. logits.Select((row, i) => row.Select(z => z + 1000 * i).ToArray())];
        TemperatureScaling.Fit(moved, [1, 1, 0, 0]).Temperature.Should().BeApproximately(TemperatureScaling.Fit(logits, [1, 1, 0, 0]).Temperature, 1e-9);
        new TemperatureScaling(2).Apply([1e30f, -1e30f]).Should().Equal(1, 0);
    }

    [Fact]
    public void Where_no_temperature_is_best_the_nearest_bound_or_1_is_taken()
    {
        TemperatureScaling.Fit([[0, 1], [1, 0]], [1, 0]).Temperature.Should().Be(0.01, "all are right");
        TemperatureScaling.Fit([[0, 1], [1, 0]], [0, 1]).Temperature.Should().Be(100, "all are wrong");
        TemperatureScaling.Fit([[2, 2], [1, 1]], [0, 1]).Temperature.Should().Be(1, "the rows say nothing");
    }

    [Fact]
    public void The_largest_stays_the_largest_where_rounding_makes_equals()
    {
        float[] nearly = [MathF.BitDecrement(0.5f), 0.5f], scaled = new TemperatureScaling(100).ApplyToProbabilities(nearly);
        scaled[1].Should().BeGreaterThan(scaled[0]);
        scaled = new TemperatureScaling(100).Apply([1, MathF.BitIncrement(1), 1]);
        scaled[1].Should().BeGreaterThan(scaled[0]);
    }

    [Fact]
    public void Probabilities_of_0_have_a_logarithm() =>
        TemperatureScaling.FitProbabilities([[0, 1], [0, 1], [1, 0], [0, 1]], [1, 1, 0, 0]).ApplyToProbabilities([0, 1]).Should().Equal([0.25f, 0.75f], (a, b) => Math.Abs(a - b) < 1e-5);

    [Fact]
    public void What_is_no_logit_class_or_temperature_is_refused()
    {
        Refused([[0, 1]], [0, 1], "There are 1 rows of logits and 2 true classes*");
        Refused([], [], "There are 0 rows of logits*");
        Refused([[0, 1], [0, float.NaN]], [0, 1], "Row 1 has the logit NaN; expected finite numbers.");
        Refused([[0, float.NegativeInfinity]], [0], "Row 0 has the logit -Infinity; expected finite numbers.");
        Refused([[0, 1], [0, 1, 2]], [0, 1], "Row 1 has 3 logits; expected 2, as row 0 has.");
        Refused([[0]], [0], "Row 0 has 1 logits; expected two at least.");
        Refused([[0, 1]], [-1], "Row 0 has the true class -1; expected 0 to 1, as there are 2 classes.");
        FluentActions.Invoking(() => TemperatureScaling.FitProbabilities([[0.5f, 0.5f], [2, 3]], [0, 1])).Should().Throw<ArgumentException>().WithMessage("Row 1 has the probability 2; expected*");
        FluentActions.Invoking(() => new TemperatureScaling(1).Apply([1])).Should().Throw<ArgumentException>();
        foreach (double temperature in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            FluentActions.Invoking(() => new TemperatureScaling(temperature)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected a finite number above 0.*");

        static void Refused(float[][] logits, int[] truth, string message) =>
            FluentActions.Invoking(() => TemperatureScaling.Fit(logits, truth)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static double Loss(float[][] logits, int[] truth, double temperature) =>
        logits.Zip(truth, (row, t) => Math.Log(row.Sum(z => Math.Exp((z - row[t]) / temperature)))).Average();

    private static int Draw(float[] probabilities, Random random)
    {
        float left = random.NextSingle();
        for (int c = 0; c < probabilities.Length - 1; c++)
            if ((left -= probabilities[c]) < 0) return c;
        return probabilities.Length - 1;
    }
}
