using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.MultiLabel;

public class ThresholdSearchTests
{
    [Fact]
    public void No_threshold_at_all_gives_a_higher_F1_and_none_that_gives_as_much_is_nearer_to_a_half() => AnySeed.Holds(random =>
    {
        int rows = random.Next(0, 40), steps = random.Next(2, 50);
        float[] scores = [.. Enumerable.Range(0, rows).Select(_ => random.Next(steps) / (float)(steps - 1))];   // many alike, 0 and 1 among them
        bool[] truth = [.. scores.Select(score => random.NextDouble() < 0.2 + 0.6 * score)];
        double found = ThresholdSearch.BestF1(scores, truth);
        found.Should().BeInRange(double.Epsilon, Math.BitDecrement(1.0));

        // Every threshold that can differ: each score, each middle between two, and a half.
        double[] marks = [.. scores.Select(s => (double)s).Append(0).Append(1).Distinct().Order()];
        double[] candidates = [.. marks.Concat(marks.Zip(marks.Skip(1), (a, b) => (a + b) / 2)).Append(0.5).Where(t => t is > 0 and < 1)];
        double best = candidates.Max(F1);
        F1(found).Should().Be(best);
        if (F1(0.5) == best) found.Should().Be(0.5);
        // Of what gives other labels and as high an F1, the middles are no nearer.
        string labels = Labels(found);
        double[] nearer = [.. marks.Zip(marks.Skip(1), (a, b) => (a + b) / 2).Where(t => F1(t) == best && Labels(t) != labels && Math.Abs(t - 0.5) < Math.Abs(found - 0.5))];
        nearer.Should().BeEmpty();

        string Labels(double threshold) => string.Concat(scores.Select(s => s >= threshold ? '1' : '0'));

        double F1(double threshold)
        {
            (int right, int predicted, int actual) = (0, 0, truth.Count(t => t));
            for (int i = 0; i < rows; i++)
            {
                if (!(scores[i] >= threshold)) continue;
                predicted++;
                if (truth[i]) right++;
            }
            return predicted + actual == 0 ? 0 : 2.0 * right / (predicted + actual);
        }
    }, tests: 500);

    [Theory]
    [InlineData("0.9 0.8 0.2", "110", 0.5)]     // a half parts them
    [InlineData("0.3 0.2 0.05", "110", 0.125)]  // the middle of what parts them
    [InlineData("0.9 0.8 0.7", "100", 0.85)]
    [InlineData("0.1 0.4", "10", 0.05)]         // the label everywhere is the best that can be had
    [InlineData("0.9 0.1", "00", 0.5)]
    [InlineData("NaN 0.3", "11", 0.15)]         // what is no number is never given the label
    [InlineData("1 1 0", "110", 0.5)]
    [InlineData("0 0", "11", 0.5)]
    [InlineData("", "", 0.5)]
    public void A_case_worked_by_hand(string scores, string truth, double expected) => ThresholdSearch.BestF1(
        [.. scores.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => float.Parse(s, System.Globalization.CultureInfo.InvariantCulture))],
        [.. truth.Select(c => c == '1')]).Should().BeApproximately(expected, 1e-6);
}
