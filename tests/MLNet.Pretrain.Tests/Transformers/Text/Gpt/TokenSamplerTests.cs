using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Transformers.Text.Gpt;

public sealed class TokenSamplerTests
{
    private static readonly HashSet<int> s_none = [];

    // Probabilities 0.5, 0.25, 0.125, 0.0625, 0.0625, not in order.
    private static readonly float[] s_logits = [.. new[] { 0.125, 0.5, 0.0625, 0.25, 0.0625 }.Select(p => (float)Math.Log(p))];

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1e-6, 0, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 0, 1e-9)]
    public void Greedy_in_every_way_of_asking_for_it(double temperature, int topK, double topP)
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            float[] logits = [.. Enumerable.Range(0, 50).Select(_ => random.NextSingle() * 10 - 5)];
            int best = Array.IndexOf(logits, logits.Max());
            new TokenSampler(new() { Temperature = temperature, TopK = topK, TopP = topP }, round).Choose(logits, s_none).Should().Be(best);
        }
    }

    [Fact]
    public void Tokens_come_as_often_as_the_softmax_says() => ShouldBe(new() { Temperature = 1 }, 0.125, 0.5, 0.0625, 0.25, 0.0625);

    [Fact]
    public void Temperature_divides_the_scores() => ShouldBe(new() { Temperature = 0.5 }, Normalised(0.125 * 0.125, 0.25, 0.0625 * 0.0625, 0.0625, 0.0625 * 0.0625));

    [Fact]
    public void Top_k_draws_among_the_k_likeliest() => ShouldBe(new() { Temperature = 1, TopK = 3 }, Normalised(0.125, 0.5, 0, 0.25, 0));

    [Fact]
    public void Of_equal_scores_at_the_edge_of_top_k_the_lower_id_stays() => ShouldBe(new() { Temperature = 1, TopK = 4 }, Normalised(0.125, 0.5, 0.0625, 0.25, 0));

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.51, 2)]
    [InlineData(0.75, 2)]
    [InlineData(0.8, 3)]
    [InlineData(0.9, 4)]
    [InlineData(0.99, 5)]
    public void Top_p_draws_among_the_fewest_that_have_the_mass(double topP, int kept)
    {
        double[] probabilities = [0.125, 0.5, 0.0625, 0.25, 0.0625];
        int[] order = [1, 3, 0, 2, 4];
        ShouldBe(new() { Temperature = 1, TopP = topP }, Normalised([.. probabilities.Select((p, i) => Array.IndexOf(order, i) < kept ? p : 0)]));
    }

    // 4/7, 2/7, 1/7 are left by top-k: two of them have 0.85.
    [Fact]
    public void Top_p_follows_top_k() => ShouldBe(new() { Temperature = 1, TopK = 3, TopP = 0.85 }, Normalised(0, 0.5, 0, 0.25, 0));

    [Fact]
    public void Top_p_keeps_its_mass_and_no_token_more_over_random_scores()
    {
        var random = new Random(2);
        for (int round = 0; round < 100; round++)
        {
            float[] logits = [.. Enumerable.Range(0, 300).Select(_ => random.NextSingle() * 8)];
            double topP = random.NextDouble() * 0.9 + 0.05;
            double[] p = Normalised([.. logits.Select(l => Math.Exp(l))]);
            double reached = 0;
            HashSet<int> allowed = [];
            foreach (int id in Enumerable.Range(0, 300).OrderByDescending(i => p[i]).ThenBy(i => i))
            {
                if (reached >= topP) break;
                allowed.Add(id);
                reached += p[id];
            }
            var sampler = new TokenSampler(new() { Temperature = 1, TopP = topP }, round);
            for (int i = 0; i < 50; i++) allowed.Should().Contain(sampler.Choose(logits, s_none));
        }
    }

    [Fact]
    public void The_repetition_penalty_divides_the_scores_of_what_was_there()
    {
        // Keskar et al. 2019: x / theta for tokens of the text so far. 3 / 2 falls behind 2, 2 / 2 behind 1.2.
        float[] logits = [3, 2, 1.2f, -1];
        Choose(2, [0]).Should().Be(1);
        Choose(2, [0, 1]).Should().Be(0, "1.5, 1, 1.2");
        Choose(3, [0, 1]).Should().Be(2, "1, 0.67, 1.2");
        // A negative score is multiplied, or it would rise.
        new TokenSampler(new() { RepetitionPenalty = 1.5 }, 1).Choose([-1, -1.2f, -2], new HashSet<int> { 0 }).Should().Be(1);

        int Choose(double penalty, HashSet<int> seen) => new TokenSampler(new() { RepetitionPenalty = penalty }, 1).Choose(logits, seen);
    }

    [Fact]
    public void One_seed_draws_one_sequence()
    {
        int[] Draw(int seed)
        {
            var sampler = new TokenSampler(new() { Temperature = 1 }, seed);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Choose(s_logits, s_none))];
        }

        Draw(5).Should().Equal(Draw(5)).And.NotEqual(Draw(6));
    }

    [Fact]
    public void A_score_that_is_no_number_is_an_error() =>
        FluentActions.Invoking(() => new TokenSampler(new(), 1).Choose([1, float.NaN], s_none)).Should().Throw<InvalidOperationException>().WithMessage("*score of token 1 is not a number*");

    private static void ShouldBe(GenerationOptions options, params double[] expected)
    {
        const int draws = 20_000;
        var sampler = new TokenSampler(options, 3);
        int[] counts = new int[expected.Length];
        for (int i = 0; i < draws; i++) counts[sampler.Choose(s_logits, s_none)]++;
        for (int i = 0; i < counts.Length; i++)
        {
            // Five standard deviations of a binomial count; none at all where the probability is 0.
            double tolerance = 5 * Math.Sqrt(draws * expected[i] * (1 - expected[i]));
            ((double)counts[i]).Should().BeApproximately(draws * expected[i], tolerance, $"token {i}");
        }
    }

    private static double[] Normalised(params double[] values) => [.. values.Select(v => v / values.Sum())];
}
