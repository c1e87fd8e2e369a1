using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Random chains against the enumeration of every sequence, and long ones against libtorch's differentiation of the textbook formula.</summary>
public sealed class LinearChainCrfTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(20, true)]
    [InlineData(2000, false)]   // exponentials of differences are 0 in 64 bits
    [InlineData(2000, true)]
    public void Loss_and_gradients_are_those_of_all_sequences(double scale, bool withRules) => ForAll(scale, withRules, chains =>
    {
        Tensor emissions = chains.Emissions.requires_grad_(true), loss = chains.Crf.NegativeLogLikelihood(emissions, tensor(chains.Tags), tensor(chains.Mask), chains.Rules);
        for (int row = 0; row < chains.Rows; row++)
        {
            double expected = chains.LogSum(row, _ => true) - chains.LogSum(row, tags => tags.SequenceEqual(Gold(chains, row)));
            Close(loss[row].item<float>(), expected, 1e-5 * scale);
            using (no_grad()) Close(chains.Crf.NegativeLogLikelihood(emissions, tensor(chains.Tags), tensor(chains.Mask), chains.Rules)[row].item<float>(), loss[row].item<float>(), 0);
        }
        (loss * tensor(Enumerable.Range(1, chains.Rows).Select(w => (float)w).ToArray())).sum().backward();
        emissions.grad!.isnan().any().item<bool>().Should().BeFalse("what the mask leaves out is not read");
        double[,] steps = new double[chains.TagCount, chains.TagCount];
        (double[] starts, double[] ends) = (new double[chains.TagCount], new double[chains.TagCount]);
        for (int row = 0; row < chains.Rows; row++)
        {
            int[] places = chains.Places(row), gold = Gold(chains, row);
            for (int place = 0; place < chains.Mask.GetLength(1); place++)
            {
                int i = Array.IndexOf(places, place);
                for (int tag = 0; tag < chains.TagCount; tag++)
                {
                    double expected = i < 0 ? 0 : (row + 1) * (chains.Probability(row, tags => tags[i] == tag) - (gold[i] == tag ? 1 : 0));
                    Close(emissions.grad![row, place, tag].item<float>(), expected, 1e-5);
                    if (i == 0) starts[tag] += expected;
                    if (i >= 0 && i == places.Length - 1) ends[tag] += expected;
                }
            }
            for (int i = 1; i < places.Length; i++)
                foreach ((int from, int to) in from a in Enumerable.Range(0, chains.TagCount) from b in Enumerable.Range(0, chains.TagCount) select (a, b))
                    steps[from, to] += (row + 1) * (chains.Probability(row, tags => tags[i - 1] == from && tags[i] == to) - (gold[i - 1] == from && gold[i] == to ? 1 : 0));
        }
        Close(chains.Crf.get_parameter("transitions")!.grad!, tensor(steps));
        Close(chains.Crf.get_parameter("start_transitions")!.grad!, tensor(starts));
        Close(chains.Crf.get_parameter("end_transitions")!.grad!, tensor(ends));
    });

    [Theory]
    [InlineData(1, false)]
    [InlineData(5, true)]
    [InlineData(2000, true)]
    public void Marginals_are_those_of_all_sequences_and_the_slope_of_the_normalizer(double scale, bool withRules) => ForAll(scale, withRules, chains =>
    {
        Tensor emissions = chains.Emissions.requires_grad_(true), marginals = chains.Crf.Marginals(emissions, tensor(chains.Mask), chains.Rules);
        marginals.requires_grad.Should().BeFalse();
        chains.Crf.NegativeLogLikelihood(emissions, tensor(chains.Tags), tensor(chains.Mask), chains.Rules).sum().backward();
        var batch = new ChainBatch(emissions, tensor(chains.Mask), chains.TagCount);
        var sums = new ForwardBackward(chains.Crf.Scores(chains.Rules));
        for (int row = 0; row < chains.Rows; row++)
        {
            int[] places = chains.Places(row), gold = Gold(chains, row);
            marginals[row].sum().item<float>().Should().BeApproximately(places.Length, 1e-5f, "nothing stands at padding");
            for (int i = 0; i < places.Length; i++)
                for (int tag = 0; tag < chains.TagCount; tag++)
                {
                    float marginal = marginals[row, places[i], tag].item<float>();
                    Close(marginal, chains.Probability(row, tags => tags[i] == tag), 1e-5);
                    // d loss = d log Z - d score
                    Close(marginal, emissions.grad![row, places[i], tag].item<float>() + (gold[i] == tag ? 1 : 0), 1e-5);
                }
            if (places.Length == 0) continue;
            LinearChainCrf.Run(sums, batch, row);
            for (int first = 0; first < places.Length; first++)
                for (int end = first + 1; end <= places.Length; end++)
                    Close(sums.Probability(batch.Emissions(row), first, gold.AsSpan(first..end)), chains.Probability(row, tags => tags[first..end].SequenceEqual(gold[first..end])), 1e-9);
        }
    });

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2000, true)]
    public void The_tags_found_score_highest(double scale, bool withRules) => ForAll(scale, withRules, chains =>
    {
        IReadOnlyList<int[]> found = chains.Crf.Decode(chains.Emissions, tensor(chains.Mask), chains.Rules);
        for (int row = 0; row < chains.Rows; row++)
        {
            (int[] Tags, double Score)[] all = [.. chains.Sequences(row)];
            Close(all.Single(s => s.Tags.SequenceEqual(found[row])).Score, all.Max(s => s.Score), 1e-5 * scale);
        }
    });

    [Theory]
    [InlineData(40, 12, 3)]
    [InlineData(130, 37, 2)]
    public void Long_chains_agree_with_automatic_differentiation(int width, int tags, int rows)
    {
        using var generator = new Generator(5);
        var crf = new LinearChainCrf(tags, 3);
        Tensor emissions = (randn([rows, width, tags], generator: generator) * 3).detach().requires_grad_(true), gold = randint(0, tags, [rows, width], int64, generator: generator);
        crf.NegativeLogLikelihood(emissions, gold, null).mean().backward();
        Tensor[] actual = [emissions.grad!.clone(), .. crf.parameters().Select(p => p.grad!.clone())];
        emissions.grad = null;
        foreach (Parameter parameter in crf.parameters()) parameter.grad = null;
        Reference(crf, emissions, gold).mean().backward();
        Close(crf.NegativeLogLikelihood(emissions, gold, null), Reference(crf, emissions, gold), 1e-3);
        foreach ((Tensor ours, Tensor theirs) in actual.Zip([emissions.grad!, .. crf.parameters().Select(p => p.grad!)])) Close(ours, theirs);
    }

    [Fact]
    public void Emissions_and_weights_of_16_bits_are_computed_in_32()
    {
        var crf = new LinearChainCrf(3, 1);
        Tensor emissions = Seeded.Normal(1, [2, 6, 3]).to(bfloat16), tags = zeros([2, 6], int64);
        crf.to(bfloat16);
        Tensor rounded = crf.NegativeLogLikelihood(emissions.requires_grad_(true), tags, null);
        rounded.dtype.Should().Be(ScalarType.Float32);
        rounded.sum().backward();
        emissions.grad!.dtype.Should().Be(ScalarType.BFloat16);
        crf.get_parameter("transitions")!.grad!.dtype.Should().Be(ScalarType.BFloat16);
        crf.to(float32);
        Close(crf.NegativeLogLikelihood(emissions.to(float32), tags, null), rounded, 1e-6);
    }

    [Fact]
    public void What_cannot_be_is_refused_in_words()
    {
        var crf = new LinearChainCrf(2);
        // O, I: an inside only after another one, and none to begin with.
        var rules = new TagRules(new[,] { { true, false }, { true, true } }, [true, false], [true, true]);
        Tensor emissions = zeros(1, 3, 2);
        Tensor Loss(long[] tags, TagRules? under) => crf.NegativeLogLikelihood(emissions, tensor(tags).unsqueeze(0), null, under);

        Loss([0, 1, 1], null).item<float>().Should().BePositive();
        FluentActions.Invoking(() => Loss([0, 1, 1], rules)).Should().Throw<ArgumentException>().WithMessage("*row 0 (0, 1, 1)*rules forbid*");
        FluentActions.Invoking(() => Loss([0, 2, 0], null)).Should().Throw<ArgumentException>().WithMessage("*Row 0 has tag 2 at place 1*[0, 2)*");
        FluentActions.Invoking(() => Loss([0, 0], null)).Should().Throw<ArgumentException>().WithMessage("*tags has shape [1, 2]*[1, 3]*");
        var nothing = new TagRules(new bool[2, 2], [true, true], [true, true]);
        FluentActions.Invoking(() => crf.Decode(emissions, null, nothing)).Should().Throw<ArgumentException>().WithMessage("*no possible sequence of 3 tags*");
        FluentActions.Invoking(() => crf.Marginals(emissions, null, nothing)).Should().Throw<ArgumentException>().WithMessage("*no possible sequence of 3 tags*");
        crf.Decode(emissions, tensor(new[,] { { false, true, false } }), nothing)[0].Should().HaveCount(1, "a single tag takes no step");
        FluentActions.Invoking(() => new LinearChainCrf(3).Decode(zeros(1, 3, 3), null, rules)).Should().Throw<ArgumentException>().WithMessage("*rules are of 2 tags*");
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        using var crf = new LinearChainCrf(4, 1);
        Tensor emissions = Seeded.Normal(1, [3, 5, 4]).detach().requires_grad_(true), tags = zeros([3, 5], int64);
        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                crf.NegativeLogLikelihood(emissions, tags, null).mean().backward();
                crf.Decode(emissions, null);
                crf.Marginals(emissions, null);
                foreach (Tensor learned in (Tensor[])[emissions, .. crf.parameters()])
                    using (learned.grad) learned.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(100));
    }

    private static void ForAll(double scale, bool withRules, Action<RandomChains> check) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            using DisposeScope scope = NewDisposeScope();
            check(new RandomChains(seed, scale, withRules));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    private static int[] Gold(RandomChains chains, int row) => [.. chains.Places(row).Select(place => (int)chains.Tags[row, place])];

    // The forward algorithm in 64 bits, [B]
    private static Tensor Reference(LinearChainCrf crf, Tensor emissions, Tensor tags)
    {
        (Tensor transitions, Tensor start, Tensor end) = (Weight("transitions"), Weight("start_transitions"), Weight("end_transitions"));
        emissions = emissions.to(float64);
        Tensor alpha = start + emissions.select(1, 0), score = start.index_select(0, tags.select(1, 0)) + end.index_select(0, tags.select(1, -1));
        for (int t = 1; t < emissions.shape[1]; t++)
        {
            alpha = (alpha.unsqueeze(2) + transitions).logsumexp(1) + emissions.select(1, t);
            score = score + transitions.view(-1).index_select(0, tags.select(1, t - 1) * crf.TagCount + tags.select(1, t));
        }
        return (alpha + end).logsumexp(1) - score - emissions.gather(2, tags.unsqueeze(2)).sum([1, 2]);

        Tensor Weight(string name) => crf.get_parameter(name)!.to(float64);
    }

    private static void Close(double actual, double expected, double tolerance) => actual.Should().BeApproximately(expected, tolerance);

    private static void Close(Tensor actual, Tensor expected, double tolerance = 2e-5)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual.to(float64) - expected.to(float64)).abs().max().item<double>().Should().BeLessThan(tolerance);
    }
}
