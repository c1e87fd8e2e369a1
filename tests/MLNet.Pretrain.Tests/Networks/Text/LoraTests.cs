using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class LoraTests : IDisposable
{
    private static readonly TextEncoderConfig s_config = new() { VocabSize = 30, HiddenSize = 12, LayerCount = 2, HeadCount = 3, IntermediateSize = 20, MaxPositions = 16, InitializerRange = 0.3, HiddenDropout = 0, AttentionDropout = 0 };

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextEncoder _encoder = new(s_config, 1);
    private readonly Tensor _ids = Seeded.Whole(2, 1, 30, [3, 7]);
    private readonly Tensor _mask = tensor(new long[,] { { 1, 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 0, 0, 0 }, { 1, 1, 0, 0, 0, 0, 0 } });

    public void Dispose() => _scope.Dispose();

    public static TheoryData<LoraTargets> Targets => [.. Enum.GetValues<LoraTargets>(), LoraTargets.Query | LoraTargets.Value, LoraTargets.Key | LoraTargets.Output];

    [Theory]
    [MemberData(nameof(Targets))]
    public void New_adapters_change_nothing(LoraTargets targets)
    {
        Tensor before = Run();
        using var adapters = new LoraAdapters(_encoder, new LoraOptions { Targets = targets });
        Equal(Run(), before, 0);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Merged_weights_compute_what_adapters_did(LoraTargets targets)
    {
        Tensor plain = Run();
        using LoraAdapters adapters = Trained(new LoraOptions { Targets = targets, Rank = 3, Alpha = 7 });
        Tensor adapted = Run();
        (adapted - plain).abs().max().item<float>().Should().BeGreaterThan(0.01f, "else nothing is tried");
        adapters.Merge();
        adapters.IsAttached.Should().BeFalse();
        Equal(Run(), adapted, 1e-5);
        FluentActions.Invoking(adapters.Merge).Should().Throw<InvalidOperationException>().WithMessage("*not attached*");
    }

    [Fact]
    public void Each_target_changes_its_own_part_of_the_weights()
    {
        foreach (LoraTargets target in Enum.GetValues<LoraTargets>().Where(t => t != LoraTargets.All))
        {
            using var encoder = new TextEncoder(s_config, 1);
            Dictionary<string, Tensor> before = encoder.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
            using LoraAdapters adapters = Trained(new LoraOptions { Targets = target }, encoder);
            adapters.Merge();
            string[] changed = [.. encoder.named_parameters().SelectMany(p => p.parameter.chunk(p.name.Contains("qkv.weight", StringComparison.Ordinal) ? 3 : 1).Zip(before[p.name].chunk(p.name.Contains("qkv.weight", StringComparison.Ordinal) ? 3 : 1))
                .Select((pair, part) => (Name: $"{p.name} {part}", Same: pair.First.eq(pair.Second).all().item<bool>()))).Where(p => !p.Same).Select(p => p.Name)];
            string expected = target switch
            {
                LoraTargets.Query => "attention.qkv.weight 0",
                LoraTargets.Key => "attention.qkv.weight 1",
                LoraTargets.Value => "attention.qkv.weight 2",
                LoraTargets.AttentionOutput => "attention.output.weight 0",
                LoraTargets.Intermediate => "intermediate.weight 0",
                _ => "output.weight 0",
            };
            changed.Should().Equal($"layers.0.{expected}", $"layers.1.{expected}");
        }
    }

    [Fact]
    public void Only_the_adapters_and_the_head_learn()
    {
        var classifier = new SequenceClassifier(_encoder, 2, 0);
        using LoraAdapters adapters = Trained(new LoraOptions { Targets = LoraTargets.All, Rank = 2 });
        nn.functional.cross_entropy(classifier.forward(_ids, _mask, null), tensor(new long[] { 0, 1, 1 })).backward();
        foreach ((string name, Parameter parameter) in _encoder.named_parameters()) (parameter.grad is null && !parameter.requires_grad).Should().BeTrue(name);
        foreach ((string name, Parameter parameter) in adapters.named_parameters()) parameter.grad!.abs().sum().item<float>().Should().BePositive(name);
        classifier.get_parameter("classifier.weight")!.grad!.abs().sum().item<float>().Should().BePositive();
        // rank x (in + out) of each matrix: four of 12 x 12, two of 12 x 20, in two layers
        adapters.parameters().Sum(p => p.numel()).Should().Be(2 * 2 * (4 * 24 + 2 * 32));
        adapters.Detach();
        _encoder.parameters().Should().OnlyContain(p => p.requires_grad);
    }

    [Fact]
    public void Gradients_are_those_of_the_merged_weights()
    {
        using LoraAdapters adapters = Trained(new LoraOptions { Targets = LoraTargets.All, Rank = 2, Alpha = 6 });
        Tensor weight = Seeded.Normal(6, [3, 7, 12]);
        (Run() * weight).sum().backward();
        Dictionary<string, Tensor> learned = adapters.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.clone());
        adapters.Merge();
        (Run() * weight).sum().backward();
        foreach (string layer in (string[])["layers.0", "layers.1"])
        {
            Tensor[] fused = _encoder.get_parameter($"{layer}.attention.qkv.weight")!.grad!.chunk(3);
            foreach ((string name, Tensor gradient) in ((string, Tensor)[])[("query", fused[0]), ("key", fused[1]), ("value", fused[2]), .. Others(layer)])
            {
                // W = W0 + s B A
                (Tensor a, Tensor b) = (adapters.get_parameter($"{layer}.{name}.lora_A")!, adapters.get_parameter($"{layer}.{name}.lora_B")!);
                Equal(learned[$"{layer}.{name}.lora_A"], b.t().matmul(gradient) * 3, 1e-4);
                Equal(learned[$"{layer}.{name}.lora_B"], gradient.matmul(a.t()) * 3, 1e-4);
            }
        }

        (string, Tensor)[] Others(string layer) => [("attention_output", Gradient(layer, "attention.output")), ("intermediate", Gradient(layer, "intermediate")), ("output", Gradient(layer, "output"))];

        Tensor Gradient(string layer, string linear) => _encoder.get_parameter($"{layer}.{linear}.weight")!.grad!;
    }

    [Fact]
    public void Dropout_works_in_training_alone()
    {
        using LoraAdapters adapters = Trained(new LoraOptions { Dropout = 0.5 });
        Equal(Run(), Run(), 0);
        _encoder.train();
        Tensor first = _encoder.forward(_ids, _mask, null), second = _encoder.forward(_ids, _mask, null);
        (first - second).abs().max().item<float>().Should().BePositive();
    }

    [Fact]
    public void Saved_adapters_serve_another_copy_of_the_encoder()
    {
        using var folder = new TestFolder();
        var options = new LoraOptions { Targets = LoraTargets.Query | LoraTargets.Output };
        using LoraAdapters adapters = Trained(options);
        ModuleWeights.Save(folder.File("adapters.safetensors"), adapters, WeightType.Float32);
        using (SafetensorsFile file = SafetensorsFile.Open(folder.File("adapters.safetensors")))
            file.Entries.Keys.Should().BeEquivalentTo(from layer in Enumerable.Range(0, 2) from target in new[] { "query", "output" } from part in new[] { "A", "B" } select $"layers.{layer}.{target}.lora_{part}");
        _encoder.named_parameters().Should().NotContain(p => p.name.Contains("lora", StringComparison.Ordinal), "the encoder's checkpoint stays its own");
        using var copy = new TextEncoder(s_config, 1);
        copy.eval();
        using var loaded = new LoraAdapters(copy, options, 99);
        ModuleWeights.Load(folder.File("adapters.safetensors"), loaded);
        Equal(copy.forward(_ids, _mask, null), Run(), 0);
    }

    [Fact]
    public void Another_type_and_back_keeps_what_is_frozen_frozen()
    {
        using LoraAdapters adapters = Trained(new LoraOptions { Targets = LoraTargets.All });
        Tensor before = Run();
        foreach (nn.Module module in (nn.Module[])[_encoder, adapters]) module.to(bfloat16);
        _encoder.parameters().Should().OnlyContain(p => !p.requires_grad);
        adapters.parameters().Should().OnlyContain(p => p.requires_grad);
        Equal(Run().to(float32), before, 0.1);
        foreach (nn.Module module in (nn.Module[])[_encoder, adapters]) module.to(float32);
        Equal(Run(), before, 0.1);
        adapters.Merge();
        _encoder.parameters().Should().OnlyContain(p => p.requires_grad);
    }

    [Fact]
    public void Adapters_come_one_set_at_a_time_and_go_with_their_disposal()
    {
        Tensor plain = Run();
        LoraAdapters adapters = Trained(new LoraOptions());
        FluentActions.Invoking(() => new LoraAdapters(_encoder)).Should().Throw<InvalidOperationException>().WithMessage("*has adapters already*");
        adapters.Dispose();
        Equal(Run(), plain, 0);
        LoraAdapters last = new(_encoder);
        _encoder.Dispose();
        last.Dispose();   // after the encoder is gone
    }

    [Theory]
    [InlineData(0, 1, 0, LoraTargets.Query, "*Rank is 0*")]
    [InlineData(1, 0, 0, LoraTargets.Query, "*Alpha is 0*")]
    [InlineData(1, double.NaN, 0, LoraTargets.Query, "*Alpha is NaN*")]
    [InlineData(1, 1, 1, LoraTargets.Query, "*Dropout is 1*")]
    [InlineData(1, 1, 0, (LoraTargets)0, "*Targets is 0*")]
    [InlineData(1, 1, 0, (LoraTargets)64, "*Targets is 64*")]
    public void Options_out_of_range_are_refused(int rank, double alpha, double dropout, LoraTargets targets, string message) =>
        FluentActions.Invoking(() => new LoraAdapters(_encoder, new LoraOptions { Rank = rank, Alpha = alpha, Dropout = dropout, Targets = targets })).Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void Live_tensors_are_flat()
    {
        using LoraAdapters adapters = Trained(new LoraOptions { Targets = LoraTargets.All, Dropout = 0.1 });
        _encoder.train();
        void Steps(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                _encoder.forward(_ids, _mask, null).sum().backward();
                using (no_grad()) _encoder.forward(_ids, _mask, null);
                foreach (Parameter parameter in adapters.parameters())
                    using (parameter.grad) parameter.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Steps(1), () => Steps(50));
    }

    // Adapters whose B is no longer 0.
    private LoraAdapters Trained(LoraOptions options, TextEncoder? encoder = null)
    {
        var adapters = new LoraAdapters(encoder ?? _encoder, options, 3);
        using IDisposable _ = no_grad();
        using var generator = new Generator(4);
        foreach ((string name, Parameter parameter) in adapters.named_parameters().Where(p => p.name.EndsWith("lora_B", StringComparison.Ordinal))) parameter.copy_(randn(parameter.shape, generator: generator) * 0.3);
        return adapters;
    }

    private Tensor Run()
    {
        _encoder.eval();
        return _encoder.forward(_ids, _mask, null);
    }

    private static void Equal(Tensor actual, Tensor expected, double tolerance)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual - expected).abs().max().item<float>().Should().BeLessThanOrEqualTo((float)tolerance);
    }
}
