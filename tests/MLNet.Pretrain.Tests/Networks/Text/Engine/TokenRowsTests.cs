using MLNet.Pretrain.Networks.Text.Engine;

namespace MLNet.Pretrain.Tests.Networks.Text.Engine;

public class TokenRowsTests
{
    [Fact]
    public void Products_have_few_numbers_of_rows_and_hardly_more_rows_than_there_are_tokens()
    {
        int[] counts = [.. Enumerable.Range(0, 8192)], rows = [.. counts.Select(TokenRows.ProductRowsOf)];
        rows.Distinct().Count().Should().BeLessThan(300, "each costs oneDNN four pieces of code");
        foreach ((int count, int found) in counts.Zip(rows)) found.Should().BeInRange(count, count + count / 32);
        rows.Should().BeInAscendingOrder();
    }
}
