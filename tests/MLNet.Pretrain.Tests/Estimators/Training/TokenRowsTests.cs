using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

public sealed class TokenRowsTests
{
    [Theory]
    [InlineData(100, 1, 0.2, 20)]
    [InlineData(100, 3, 0.2, 7)]    // 34 that can be held out
    [InlineData(100, 50, 0.9, 1)]   // 2: one goes to each side
    [InlineData(1000, 7, 0.5, 72)]
    public void Only_rows_that_can_be_judged_are_held_out_and_every_row_is_on_one_side(int count, int every, double fraction, int expected)
    {
        using TokenStore store = Store(count);
        (TokenRows train, TokenRows validation) = store.All.Split(fraction, 5, row => row % every == 0);
        long[] learnt = Rows(train), held = Rows(validation);
        held.Should().HaveCount(expected).And.OnlyContain(row => row % every == 0);
        learnt.Concat(held).Should().OnlyHaveUniqueItems().And.HaveCount(count);
        (TokenRows again, TokenRows _) = store.All.Split(fraction, 5, row => row % every == 0);
        Rows(again).Should().Equal(learnt);
        if (expected > 5) Rows(store.All.Split(fraction, 6, row => row % every == 0).Validation).Should().NotBeEquivalentTo(held);
    }

    [Fact]
    public void One_row_that_can_be_judged_is_too_few()
    {
        using TokenStore store = Store(10);
        FluentActions.Invoking(() => store.All.Split(0.1, 1, row => row == 4)).Should().Throw<InvalidOperationException>().WithMessage("ValidationFraction is 0.1, but 1 of the 10 training rows have a label; expected at least 2*");
        using TokenStore one = Store(1);
        FluentActions.Invoking(() => one.All.Split(0.1, 1, _ => true)).Should().Throw<InvalidOperationException>().WithMessage("*there are 1 training rows; expected at least 2*");
    }

    private static TokenStore Store(int count)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(10, 0, false, LabelKind.Class, 2));
        for (int i = 0; i < count; i++) writer.Append([1], 1, 0);
        return writer.Complete();
    }

    private static long[] Rows(TokenRows rows) => [.. Enumerable.Range(0, (int)rows.Count).Select(i => rows[i])];
}
