using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Tests.Networks.Text;

public class HeadsByLayerTests
{
    [Fact]
    public void Shapes_are_equal_where_their_pruned_heads_are_and_say_which()
    {
        TextEncoderConfig one = Config(new() { [4] = [1], [0] = [3, 2], [1] = [] }), same = Config(new() { [0] = [2, 3], [4] = [1] }), other = Config(new() { [0] = [2, 3], [4] = [0] });
        one.Should().Be(same);
        one.GetHashCode().Should().Be(same.GetHashCode());
        one.ToString().Should().Be(same.ToString()).And.Contain("PrunedHeads = { 0: [2, 3], 4: [1] },");
        one.Should().NotBe(other).And.NotBe(Config(new() { [0] = [2, 3] }));
        Config([]).Should().Be(new TextEncoderConfig { VocabSize = 30 });
        Config([]).ToString().Should().Contain("PrunedHeads = { },");
        (one with { VocabSize = 31 }).PrunedHeads.Should().BeEquivalentTo(same.PrunedHeads);
        FluentActions.Invoking(() => one with { PrunedHeads = null! }).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void What_is_given_may_change_afterwards()
    {
        var heads = new Dictionary<int, IReadOnlyList<int>> { [0] = [1] };
        TextEncoderConfig config = Config(heads);
        heads[1] = [0];
        config.PrunedHeads.Keys.Should().Equal(0);
    }

    private static TextEncoderConfig Config(Dictionary<int, IReadOnlyList<int>> heads) => new() { VocabSize = 30, PrunedHeads = heads };
}
