using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Transformers.Text;

/// <summary>The search for spans against looking at every one.</summary>
public sealed class SpanSearchTests
{
    [Theory]
    [InlineData(3)]     // whole numbers, so many are equal
    [InlineData(1000)]
    public void The_spans_found_are_the_best_of_all(int levels) => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        (int places, int maxLength, int count) = (random.Next(0, 45), random.Next(1, 50), random.Next(1, 30));
        float[] starts = Scores(), ends = Scores();
        bool[] allowed = [.. Enumerable.Range(0, places).Select(_ => random.Next(12) > 0)];
        AnswerSpan[] expected = [.. All(starts, ends, allowed, maxLength)];
        SpanSearch.Best(starts, ends, allowed, maxLength, count).Should().Equal(expected.Take(count));
        SpanSearch.Best(starts, ends, allowed, maxLength).Should().Be(expected.Length == 0 ? null : expected[0]);
        SpanSearch.Best(starts, ends, allowed, maxLength, 1).Should().Equal(expected.Take(1));

        float[] Scores() => [.. Enumerable.Range(0, places).Select(_ => random.Next(20) switch
        {
            0 => float.NegativeInfinity,
            1 => float.NaN,
            _ => random.Next(-levels, levels + 1),
        })];
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Nothing_allowed_is_nothing_found()
    {
        SpanSearch.Best([1, 2], [1, 2], [false, false], 2).Should().BeNull();
        SpanSearch.Best([1, 2], [1, 2], [false, false], 2, 3).Should().BeEmpty();
        SpanSearch.Best([float.NegativeInfinity], [1], [true], 2, 3).Should().BeEmpty();
    }

    [Fact]
    public void Without_a_limit_the_length_is_the_texts()
    {
        SpanSearch.Best([9, 0, 0], [0, 0, 9], [true, true, true], int.MaxValue).Should().Be(new AnswerSpan(0, 2, 18));
        SpanSearch.Best([9, 0, 0], [0, 0, 9], [true, true, true], int.MaxValue, 2).Should().Equal(new AnswerSpan(0, 2, 18), new AnswerSpan(0, 0, 9));
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        FluentActions.Invoking(() => SpanSearch.Best([1, 2], [1], [true, true], 2)).Should().Throw<ArgumentException>().WithMessage("*2 starts, 1 ends*");
        FluentActions.Invoking(() => SpanSearch.Best([1], [1], [true], 0)).Should().Throw<ArgumentException>().WithMessage("*maxLength is 0*");
        FluentActions.Invoking(() => SpanSearch.Best([1], [1], [true], 1, 0)).Should().Throw<ArgumentException>().WithMessage("*count is 0*");
    }

    private static IEnumerable<AnswerSpan> All(float[] starts, float[] ends, bool[] allowed, int maxLength) =>
        from start in Enumerable.Range(0, starts.Length)
        from end in Enumerable.Range(start, Math.Min(maxLength, starts.Length - start))
        where allowed[start..(end + 1)].All(place => place) && starts[start] + ends[end] > float.NegativeInfinity
        orderby starts[start] + ends[end] descending, start, end
        select new AnswerSpan(start, end, starts[start] + ends[end]);
}
