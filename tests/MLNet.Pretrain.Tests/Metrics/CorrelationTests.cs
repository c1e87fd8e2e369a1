using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

public class CorrelationTests
{
    [Fact]
    public void Scale_and_offset_do_not_matter_nor_for_ranks_any_rising_function() => AnySeed.Holds(random =>
    {
        // Whole numbers, so that values are often equal.
        double[] x = [.. Enumerable.Range(0, random.Next(3, 30)).Select(_ => (double)random.Next(6))], y = [.. x.Select(_ => (double)random.Next(6))];
        if (x.Distinct().Count() == 1 || y.Distinct().Count() == 1) return;
        double pearson = Correlation.Pearson(x, y), spearman = Correlation.Spearman(x, y);
        pearson.Should().BeInRange(-1, 1);
        Correlation.Pearson(y, x).Should().BeApproximately(pearson, 1e-12);
        Correlation.Pearson([.. x.Select(v => 7 - 3 * v)], y).Should().BeApproximately(-pearson, 1e-9);
        Correlation.Spearman([.. x.Select(Math.Exp)], y).Should().BeApproximately(spearman, 1e-12);
        Correlation.Pearson(x, x).Should().BeApproximately(1, 1e-12);
    });

    [Fact]
    public void Huge_and_tiny_numbers_are_measured_as_well()
    {
        Correlation.Pearson([1e300, 2e300, -1e308], [1, 2, -1e8]).Should().BeApproximately(1, 1e-9);
        Correlation.Pearson([1e-300, 2e-300, 3e-300], [3, 2, 1]).Should().BeApproximately(-1, 1e-9);
    }

    [Fact]
    public void A_constant_list_correlates_with_nothing()
    {
        // The mean of three 0.1 is not 0.1.
        Correlation.Pearson([0.1, 0.1, 0.1], [1, 2, 3]).Should().Be(double.NaN);
        Correlation.Spearman([1, 2, 3], [0.1, 0.1, 0.1]).Should().Be(double.NaN);
    }

    [Fact]
    public void Lists_that_do_not_match_or_hold_no_numbers_are_refused()
    {
        Refused([1, 2], [1], "The lists have 2 and 1 numbers; expected as many in both, and two at least.");
        Refused([], [], "The lists have 0 and 0 numbers*");
        Refused([1], [1], "The lists have 1 and 1 numbers*");
        Refused([1, 2], [1, double.NaN], "Row 1 has the numbers 2 and NaN; expected finite ones. Leave out rows without a number.");
        Refused([double.PositiveInfinity, 2], [1, 2], "Row 0 has the numbers Infinity and 1*");

        static void Refused(double[] x, double[] y, string message)
        {
            FluentActions.Invoking(() => Correlation.Pearson(x, y)).Should().Throw<ArgumentException>().WithMessage(message);
            FluentActions.Invoking(() => Correlation.Spearman(x, y)).Should().Throw<ArgumentException>().WithMessage(message);
        }
    }
}
