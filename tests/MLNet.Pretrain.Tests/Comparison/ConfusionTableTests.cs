using MLNet.Pretrain.Comparison.Rendering;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Comparison;

public sealed class ConfusionTableTests
{
    [Fact]
    public void A_table_that_is_cut_counts_every_row_once() => AnySeed.Holds(random =>
    {
        int classes = random.Next(2, 10), rows = random.Next(1, 60);
        int[] truth = [.. Enumerable.Range(0, rows).Select(_ => random.Next(classes))], predicted = [.. truth.Select(_ => random.Next(-1, classes))];
        var confusion = new ConfusionCounts(truth, predicted, classes);
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"c{c}")];
        ConfusionTable table = ConfusionTable.Of(confusion, names, 4);
        table.RowNames.Count.Should().Be(Math.Min(classes, 4));
        table.ColumnNames.Contains("none of these").Should().Be(predicted.Contains(-1));
        table.Counts.Cast<long>().Sum().Should().Be(rows);
        for (int t = 0; t < table.RowNames.Count; t++)
        {
            double shares = table.ColumnNames.Select((_, p) => table.Share(t, p)).Sum();
            if (shares != 0) shares.Should().BeApproximately(1, 1e-9);
            int c = Array.IndexOf(names, table.RowNames[t]);
            table.IsRight(t, t).Should().Be(c >= 0);
            if (c >= 0) table.Counts[t, t].Should().Be(confusion[c, c]);
        }
    });

    [Fact]
    public void Pairs_most_often_confused_come_first_and_equal_ones_in_the_order_of_classes()
    {
        var confusion = new ConfusionCounts([0, 0, 1, 1, 2, 2, 2, 2, 1], [1, 1, 0, 2, 2, 0, 0, 1, 0], 3);
        ConfusionTable.MostConfused(confusion, 4).Should().Equal((0, 1, 2), (1, 0, 2), (2, 0, 2), (1, 2, 1));
    }
}
