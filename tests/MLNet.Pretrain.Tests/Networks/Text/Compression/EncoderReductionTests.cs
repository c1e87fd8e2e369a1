using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class EncoderReductionTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextEncoder _whole = RandomEncoder.Of(3);
    private readonly Tensor _ids = RandomEncoder.Ids(2, 6), _mask = RandomEncoder.Mask(6, 4);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void An_encoder_without_heads_computes_what_the_whole_one_does_with_these_heads_masked()
    {
        using TextEncoder smaller = Reduced(new(_whole.Config, prunedHeads: Heads((0, [1]), (2, [0, 2]))));
        smaller.Config.HeadsOf(2).Should().Equal(1);
        smaller.named_parameters().Single(p => p.name == "layers.2.attention.qkv.weight").parameter.shape.Should().Equal(3 * 4, 12);
        foreach ((int layer, float[] mask) in ((int, float[])[])[(0, [1, 0, 1]), (2, [0, 1, 0])]) _whole.Layers.ElementAt(layer).HeadMask = tensor(mask).view(1, 3, 1, 1);
        smaller.forward(_ids, _mask, null).ShouldBeNear(_whole.forward(_ids, _mask, null), 1e-5, 1e-5);
        // A run that keeps scores goes another way.
        EncoderTrace trace = smaller.Trace(_ids, _mask, null, new() { Scores = [2] });
        trace.Hidden[2].ShouldBeNear(_whole.forward(_ids, _mask, null), 1e-5, 1e-5);
    }

    [Fact]
    public void Heads_that_are_off_stay_off_in_chosen_layers_and_when_more_are_cut()
    {
        using TextEncoder once = Reduced(new(_whole.Config, prunedHeads: Heads((0, [1]), (2, [0]))));
        var reduction = new EncoderReduction(once.Config, [0, 2], Heads((1, [2])));
        reduction.Config.PrunedHeads.Should().BeEquivalentTo(Heads((0, [1]), (1, [0, 2])));
        using TextEncoder twice = Reduced(reduction, once), direct = Reduced(new(_whole.Config, [0, 2], Heads((0, [1]), (1, [0, 2]))));
        twice.forward(_ids, _mask, null).ShouldBeNear(direct.forward(_ids, _mask, null), 0, 0);
        using TextEncoder student = StudentEncoder.Of(once, [2]);
        student.Config.PrunedHeads.Should().BeEquivalentTo(Heads((0, [0])));
    }

    [Fact]
    public void Adapters_fit_an_encoder_without_some_heads()
    {
        using TextEncoder smaller = Reduced(new(_whole.Config, prunedHeads: Heads((1, [0, 2]))));
        using var adapters = new LoraAdapters(smaller, new() { Targets = LoraTargets.All });
        Tensor before = smaller.forward(_ids, null, null);
        using (no_grad())
        {
            foreach ((string name, Parameter parameter) in adapters.named_parameters())
                if (name.EndsWith("lora_B", StringComparison.Ordinal)) parameter.copy_(randn(parameter.shape));
        }
        Tensor adapted = smaller.forward(_ids, null, null);
        adapted.allclose(before).Should().BeFalse();
        adapters.Merge();
        smaller.forward(_ids, null, null).ShouldBeNear(adapted, 1e-4, 1e-4);
    }

    [Fact]
    public void What_does_not_make_an_encoder_is_refused_with_what_was_expected()
    {
        Refused(() => new(_whole.Config, prunedHeads: Heads((0, [0, 1, 2])))).WithMessage("*layer 0 are all 3 of them*one to be left*");
        Refused(() => new(_whole.Config, prunedHeads: Heads((0, [3])))).WithMessage("*layer 0 are 3; expected different heads in [0, 3)*");
        Refused(() => new(_whole.Config, prunedHeads: Heads((3, [0])))).WithMessage("*names layer 3; expected layers in [0, 3)*");
        Refused(() => new(_whole.Config, [0], Heads((1, [0])))).WithMessage("*names layer 1*");
        Refused(() => new(_whole.Config, words: [5, 6])).WithMessage("*PadTokenId*");

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Func<EncoderReduction> make) => make.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Importance_is_the_mean_absolute_slope_of_the_loss_along_each_heads_mask()
    {
        Tensor directions = Seeded.Normal(3, [2, 12]);
        var importance = new HeadImportance(_whole);
        using (inference_mode(false)) importance.Add(2, () => (_whole.forward(_ids, _mask, null).select(1, 0) * directions).sum());
        // The slope by differences, in double precision.
        using var exact = RandomEncoder.Of(3);
        exact.to(ScalarType.Float64);
        const double step = 1e-5;
        for (int layer = 0; layer < 3; layer++)
        {
            double[] slopes = [.. Enumerable.Range(0, 3).Select(head => (Losses(layer, head, 1 + step) - Losses(layer, head, 1 - step)).abs().sum().item<double>() / (2 * step))];
            double norm = Math.Sqrt(slopes.Sum(s => s * s));
            importance.PerLayer()[layer].Should().Equal(slopes.Select(s => s / norm), (a, b) => Math.Abs(a - b) < 1e-3);
        }
        _whole.Layers.All(layer => layer.HeadMask is null).Should().BeTrue();

        Tensor Losses(int layer, int head, double value)
        {
            Tensor mask = ones([1, 3, 1, 1], float64);
            mask[0, head] = value;
            EncoderLayer masked = exact.Layers.ElementAt(layer);
            masked.HeadMask = mask;
            Tensor losses = (exact.forward(_ids, _mask, null).select(1, 0) * directions.to(float64)).sum(1);
            masked.HeadMask = null;
            return losses;
        }
    }

    [Fact]
    public void The_least_important_heads_go_first_and_a_layer_keeps_its_best()
    {
        var importance = new HeadImportance(_whole);
        using (no_grad())
        {
            // Nobody reads what these say.
            foreach (int head in (int[])[0, 1]) _whole.Layers.ElementAt(1).AttentionOutput.Weight.narrow(1, head * 4, 4).zero_();
        }
        importance.Add(2, () => _whole.forward(_ids, null, null).square().select(1, 1).select(1, 0).sum());
        importance.Least(2).Should().BeEquivalentTo(Heads((1, [0, 1])));
        importance.Least(0).Should().BeEmpty();
        importance.Least(100).Values.Should().OnlyContain(heads => heads.Count == 2);
    }

    private TextEncoder Reduced(EncoderReduction reduction, TextEncoder? source = null)
    {
        var made = new TextEncoder(reduction.Config);
        reduction.Copy(made.named_parameters(), (source ?? _whole).named_parameters());
        made.eval();
        return made;
    }

    private static Dictionary<int, IReadOnlyList<int>> Heads(params (int Layer, int[] Heads)[] heads) => heads.ToDictionary(h => h.Layer, h => (IReadOnlyList<int>)h.Heads);
}
