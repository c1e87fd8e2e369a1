using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

public class MultiLabelScoresTests
{
    [Fact]
    public void A_case_worked_by_hand()
    {
        // Label 0: right 1, predicted 2, there 1. Label 1: right 1, predicted 1, there 2. Label 2: never there, never predicted.
        var scores = new MultiLabelScores(Rows("110", "010", "000", "000"), Rows("110", "100", "000", "000"));
        scores.Labels.Should().Equal(new MatchCounts(1, 2, 1), new MatchCounts(1, 1, 2), new MatchCounts(0, 0, 0));
        scores.MicroF1.Should().BeApproximately(4 / 6.0, 1e-12);
        scores.MacroF1.Should().BeApproximately((2 / 3.0 + 2 / 3.0 + 0) / 3, 1e-12);
        scores.SubsetAccuracy.Should().Be(0.75);
        scores.HammingLoss.Should().BeApproximately(2 / 12.0, 1e-12);
    }

    [Fact]
    public void With_one_label_a_row_it_is_classification() => AnySeed.Holds(random =>
    {
        int rows = random.Next(1, 30), classes = random.Next(2, 5);
        int[] truth = [.. Enumerable.Range(0, rows).Select(_ => random.Next(classes))], predicted = [.. truth.Select(t => random.Next(2) == 0 ? t : random.Next(classes))];
        var scores = new MultiLabelScores(OneHot(truth), OneHot(predicted));
        var counts = new ConfusionCounts(truth, predicted, classes);
        scores.SubsetAccuracy.Should().BeApproximately(counts.Accuracy, 1e-12);
        scores.MicroF1.Should().BeApproximately(counts.MicroF1, 1e-12);
        scores.MacroF1.Should().BeApproximately(counts.MacroF1, 1e-12);
        scores.HammingLoss.Should().BeApproximately(2 * (1 - counts.Accuracy) / classes, 1e-12);

        bool[][] OneHot(int[] labels) => [.. labels.Select(label => Enumerable.Range(0, classes).Select(c => c == label).ToArray())];
    });

    [Fact]
    public void Rows_that_do_not_match_are_refused()
    {
        Refused(Rows("1"), Rows("1", "0"), "There are 1 rows of true labels and 2 of predicted ones*");
        Refused([], [], "There are 0 rows of true labels*");
        Refused(Rows("10", "1"), Rows("10", "10"), "Row 1 has 1 true and 2 predicted labels; expected a value for each label in both, 2 as in row 0.");
        Refused(Rows(""), Rows(""), "Row 0 has 0 true and 0 predicted labels; expected a value for each label in both, one at least.");

        static void Refused(bool[][] truth, bool[][] predicted, string message) =>
            FluentActions.Invoking(() => new MultiLabelScores(truth, predicted)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static bool[][] Rows(params string[] rows) => [.. rows.Select(row => row.Select(c => c == '1').ToArray())];
}
