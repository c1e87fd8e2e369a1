using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class EncoderTraceTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextEncoder _encoder = RandomEncoder.Of(3);
    private readonly Tensor _ids = RandomEncoder.Ids(3, 7), _mask = RandomEncoder.Mask(7, 4, 2);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Hidden_states_are_the_references()
    {
        Dictionary<string, Tensor> golden = GoldenTensors.Read("bert/cases.safetensors");
        using TextEncoder encoder = Golden();
        int count = encoder.Config.LayerCount;
        EncoderTrace trace = encoder.Trace(golden["input_ids"], golden["attention_mask"], golden["token_type_ids"], All(count));
        trace.Embeddings!.ShouldBeNear(golden["hidden.0"], 0, 1e-4);
        for (int layer = 0; layer < count; layer++) trace.Hidden[layer].ShouldBeNear(golden[$"hidden.{layer + 1}"], 0, 1e-4, $"layer {layer}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_result_is_that_of_an_ordinary_run(bool padded)
    {
        Tensor? mask = padded ? _mask : null;
        Tensor expected = _encoder.forward(_ids, mask, null);
        _encoder.Trace(_ids, mask, null, new()).Last.ShouldBeNear(expected, 0, 0, "without scores it is the same computation");
        _encoder.Trace(_ids, mask, null, new() { Embeddings = true, Hidden = [0, 1, 2], Values = true }).Last.ShouldBeNear(expected, 0, 0);
        Real(_encoder.Trace(_ids, mask, null, All(3)).Last).ShouldBeNear(Real(expected), 1e-4, 1e-5);
    }

    [Fact]
    public void In_training_the_same_numbers_are_dropped()
    {
        using TextEncoder encoder = RandomEncoder.Of(3, dropout: 0.2);
        encoder.train();
        manual_seed(5);
        Tensor expected = encoder.forward(_ids, _mask, null);
        manual_seed(5);
        EncoderTrace trace = encoder.Trace(_ids, _mask, null, All(3));
        trace.Last.ShouldBeNear(expected, 1e-4, 1e-5);
        encoder.forward(_ids, _mask, null).eq(expected).all().item<bool>().Should().BeFalse("else nothing is dropped");
    }

    [Fact]
    public void Hidden_states_and_embeddings_are_those_of_HiddenStates()
    {
        IReadOnlyList<Tensor> states = _encoder.HiddenStates(_ids, _mask, null);
        EncoderTrace trace = _encoder.Trace(_ids, _mask, null, new() { Embeddings = true, Hidden = [0, 1, 2] });
        trace.Embeddings!.ShouldBeNear(states[0], 0, 0);
        for (int layer = 0; layer < 3; layer++) trace.Hidden[layer].ShouldBeNear(states[layer + 1], 0, 0);
    }

    [Fact]
    public void Scores_and_values_of_the_last_layer_give_its_result()
    {
        EncoderTrace trace = _encoder.Trace(_ids, _mask, null, new() { Hidden = [1], Scores = [2], Values = true });
        Tensor context = matmul(trace.Scores[2].softmax(-1), trace.Values!).transpose(1, 2).reshape(3, 7, 12);
        Tensor attended = Norm("layers.2.attention.norm", trace.Hidden[1] + Linear("layers.2.attention.output", context));
        Tensor expected = Norm("layers.2.norm", attended + Linear("layers.2.output", nn.functional.gelu(Linear("layers.2.intermediate", attended))));
        trace.Last.ShouldBeNear(expected, 1e-4, 1e-5);
    }

    [Fact]
    public void Scores_are_query_times_key_and_padding_is_marked()
    {
        EncoderTrace trace = _encoder.Trace(_ids, _mask, null, new() { Hidden = [0], Scores = [1] });
        Tensor[] thirds = Linear("layers.1.attention.qkv", trace.Hidden[0]).chunk(3, -1);
        Tensor Heads(Tensor x) => x.view(3, 7, 3, 4).transpose(1, 2);
        Tensor expected = matmul(Heads(thirds[0]), Heads(thirds[1]).transpose(-1, -2)) / 2;
        Tensor padded = _mask.eq(0).view(3, 1, 1, 7).expand(3, 3, 7, 7);
        trace.Scores[1].ShouldBeNear(expected.masked_fill(padded, EncoderTrace.Padding), 1e-4, 1e-5);
        padded.any().item<bool>().Should().BeTrue("else nothing is marked");
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void The_mark_of_padding_weighs_nothing_to_the_last_bit(ScalarType type)
    {
        _encoder.to(type);
        foreach (Tensor scores in _encoder.Trace(_ids, _mask, null, All(3)).Scores.Values)
            scores.softmax(-1).ShouldBeNear(scores.masked_fill(scores.le(-1000), double.NegativeInfinity).softmax(-1), 0, 0);
    }

    [Fact]
    public void Only_what_is_wanted_is_kept()
    {
        EncoderTrace least = _encoder.Trace(_ids, null, null, new());
        (least.Embeddings, least.Values).Should().Be((null, null));
        least.Hidden.Keys.Should().Equal(2);
        least.Scores.Should().BeEmpty();
        EncoderTrace some = _encoder.Trace(_ids, null, null, new() { Hidden = [0], Scores = [1], Values = true });
        some.Embeddings.Should().BeNull();
        some.Hidden.Keys.Should().BeEquivalentTo([0, 2]);
        some.Scores.Keys.Should().Equal(1);
        some.Values!.shape.Should().Equal(3, 3, 7, 4);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 0.1)]
    [InlineData(false, 0)]
    public void A_row_of_padding_alone_is_finite_and_changes_no_other(bool training, double dropout)
    {
        using TextEncoder encoder = RandomEncoder.Of(3, dropout: dropout);
        encoder.train(training);
        Tensor mask = RandomEncoder.Mask(7, 0, 2);
        foreach (EncoderTraceParts parts in (EncoderTraceParts[])[All(3), new() { Embeddings = true, Values = true }])
        {
            EncoderTrace trace = encoder.Trace(_ids, mask, null, parts);
            foreach (Tensor part in (Tensor[])[trace.Embeddings!, trace.Values!, .. trace.Hidden.Values, .. trace.Scores.Values]) part.isfinite().all().item<bool>().Should().BeTrue();
            if (dropout == 0) trace.Last[0].ShouldBeNear(encoder.forward(_ids[..1], mask[..1], null)[0], 1e-4, 1e-5);
        }
    }

    [Fact]
    public void Gradients_flow_through_every_part()
    {
        foreach ((string part, Func<EncoderTrace, Tensor> of, string[] reached) in (IEnumerable<(string, Func<EncoderTrace, Tensor>, string[])>)
        [
            ("embeddings", t => t.Embeddings!, ["embeddings.word.weight"]),
            ("hidden", t => t.Hidden[1], ["embeddings.word.weight", "layers.0.attention.qkv.weight", "layers.1.output.weight"]),
            ("scores", t => t.Scores[1], ["embeddings.word.weight", "layers.0.output.weight", "layers.1.attention.qkv.weight"]),
            ("values", t => t.Values!, ["embeddings.word.weight", "layers.1.output.weight", "layers.2.attention.qkv.weight"]),
            ("last", t => t.Last, ["embeddings.word.weight", "layers.2.attention.qkv.weight", "layers.2.output.weight"]),
        ])
        {
            _encoder.zero_grad();
            of(_encoder.Trace(_ids, _mask, null, All(3))).square().sum().backward();
            foreach (string name in reached)
                _encoder.get_parameter(name)!.grad!.abs().sum().item<float>().Should().BePositive($"{name} by {part}");
        }
    }

    [Fact]
    public void Gradients_are_those_of_an_ordinary_run()
    {
        _encoder.forward(_ids, _mask, null).square().sum().backward();
        Dictionary<string, Tensor> expected = _encoder.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.clone());
        _encoder.zero_grad();
        _encoder.Trace(_ids, _mask, null, All(3)).Last.square().sum().backward();
        foreach ((string name, Tensor gradient) in expected) _encoder.get_parameter(name)!.grad!.ShouldBeNear(gradient, 1e-3, 1e-3, name);
    }

    [Fact]
    public void Adapters_have_their_part()
    {
        using var adapters = new LoraAdapters(_encoder);
        using (no_grad()) foreach (Parameter parameter in adapters.parameters()) parameter.add_(0.1);
        Real(_encoder.Trace(_ids, _mask, null, All(3)).Last).ShouldBeNear(Real(_encoder.forward(_ids, _mask, null)), 1e-4, 1e-5);
    }

    [Fact]
    public void Layers_the_encoder_does_not_have_are_refused()
    {
        FluentActions.Invoking(() => _encoder.Trace(_ids, null, null, new() { Hidden = [3] })).Should().Throw<ArgumentException>().WithMessage("Hidden asks for layer 3*[0, 3)*");
        FluentActions.Invoking(() => _encoder.Trace(_ids, null, null, new() { Scores = [-1] })).Should().Throw<ArgumentException>().WithMessage("Scores asks for layer -1*");
        FluentActions.Invoking(() => _encoder.Trace(RandomEncoder.Ids(1, 17), null, null, new())).Should().Throw<ArgumentException>().WithMessage("*17 tokens*");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_alive_but_what_is_kept(bool learning)
    {
        void Run(int times)
        {
            using IDisposable? _ = learning ? null : no_grad();
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                _encoder.Trace(_ids, _mask, null, All(3));
                scope.DisposablesCount.Should().Be(8, "embeddings, values, and of each layer states and scores");
            }
        }

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(30));
    }

    private static EncoderTraceParts All(int layers) => new() { Embeddings = true, Hidden = [.. Enumerable.Range(0, layers)], Scores = [.. Enumerable.Range(0, layers)], Values = true };

    // Without padded positions, which attend as they like.
    private Tensor Real(Tensor hidden) => hidden * _mask.unsqueeze(-1);

    private Tensor Linear(string name, Tensor x) => nn.functional.linear(x, _encoder.get_parameter(name + ".weight")!, _encoder.get_parameter(name + ".bias")!);

    private Tensor Norm(string name, Tensor x) => nn.functional.layer_norm(x, [12], _encoder.get_parameter(name + ".weight")!, _encoder.get_parameter(name + ".bias")!, 1e-12);

    private static TextEncoder Golden()
    {
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(Support.Golden.Path("bert"));
        var encoder = new TextEncoder(checkpoint.Config.Encoder);
        checkpoint.Load(NamedWeights.Of(encoder));
        encoder.eval();
        return encoder;
    }
}
