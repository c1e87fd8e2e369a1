using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Comparison;

public sealed class MistakeListTests
{
    [Fact]
    public void It_keeps_what_sorting_all_of_them_would_put_first() => AnySeed.Holds(random =>
    {
        int count = random.Next(7);
        var list = new MistakeList(count);
        PredictedRow[] rows = [.. Enumerable.Range(0, random.Next(30)).Select(i => new PredictedRow(i, 0, "b", random.Next(6) is var p and < 5 ? p / 4.0 : null))];
        foreach (PredictedRow row in rows) list.Add(row);
        list.Take(byProbability: true).Should().Equal(rows.OrderByDescending(r => r.Probability ?? -1).ThenBy(r => r.Row).Take(count));
        list.Take(byProbability: false).Should().Equal(rows.Take(count).Select(r => r with { Probability = null }));
    });
}
