using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Gradients of layers that run twice against those of layers that run once: the same bits, on one thread.</summary>
public sealed class LayerCheckpointTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly int _threads = get_num_threads();
    private readonly Tensor _ids = RandomEncoder.Ids(3, 7), _mask = RandomEncoder.Mask(7, 4, 2);

    public LayerCheckpointTests() => set_num_threads(1);

    public void Dispose()
    {
        set_num_threads(_threads);
        _scope.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32, 0.2, true)]
    [InlineData(ScalarType.Float32, 0, false)]
    [InlineData(ScalarType.BFloat16, 0.2, true)]
    public void Of_an_encoder_in_either_precision_with_dropout_and_without(ScalarType type, double dropout, bool padded)
    {
        using TextEncoder encoder = Training(dropout);
        encoder.to(type);
        Same(encoder, encoder, () => encoder.forward(_ids, padded ? _mask : null, null));
    }

    [Fact]
    public void Of_a_decoder()
    {
        using var gpt = new GptDecoder(new GptConfig { VocabSize = 30, HiddenSize = 12, LayerCount = 3, HeadCount = 3, MaxPositions = 16, EmbeddingDropout = 0.1, ResidualDropout = 0.1, AttentionDropout = 0.1 }, 1);
        gpt.train();
        Same(gpt, gpt, () => gpt.LastHidden(_ids));
    }

    [Fact]
    public void With_adapters()
    {
        using TextEncoder encoder = Training(0.2);
        // Values alone: the scores of the first layer then have no part in what is learnt.
        using var adapters = new LoraAdapters(encoder, new() { Rank = 2, Dropout = 0.3, Targets = LoraTargets.Value | LoraTargets.Output });
        using (no_grad()) foreach (var parameter in adapters.parameters()) parameter.add_(0.1);
        Same(encoder, adapters, () => encoder.forward(_ids, _mask, null)).Should().HaveCount(3 * 2 * 2);
    }

    [Fact]
    public void With_layers_that_do_not_learn()
    {
        using TextEncoder encoder = Training(0.2);
        foreach ((string name, var parameter) in encoder.named_parameters()) parameter.requires_grad = !name.StartsWith("embeddings", StringComparison.Ordinal) && !name.StartsWith("layers.0", StringComparison.Ordinal);
        Same(encoder, encoder, () => encoder.forward(_ids, _mask, null)).Keys.Should().OnlyContain(name => name.StartsWith("layers.1") || name.StartsWith("layers.2"));
    }

    [Fact]
    public void Of_what_a_student_imitates_but_for_the_order_in_which_gradients_of_one_state_are_added()
    {
        using TextEncoder encoder = Training(0.2);
        var parts = new EncoderTraceParts { Embeddings = true, Hidden = [0, 1, 2], Scores = [0, 2], Values = true };
        (Dictionary<string, float[]> expected, Dictionary<string, float[]> actual) = Gradients(encoder, encoder, () =>
        {
            EncoderTrace trace = encoder.Trace(_ids, _mask, null, parts);
            Tensor[] kept = [trace.Embeddings!, trace.Values!, .. trace.Hidden.Values, .. trace.Scores.Values.Select(scores => scores.softmax(-1))];
            return cat([.. kept.Select((part, i) => part.flatten().mul(i + 1))]);
        });
        foreach (string name in expected.Keys)
        {
            float largest = expected[name].Max(Math.Abs);
            actual[name].Should().Equal(expected[name], (a, b) => Math.Abs(a - b) <= 1e-5f * largest, name);
        }
    }

    [Fact]
    public void Where_no_loss_reads_some_results()
    {
        using TextEncoder encoder = Training(0.2);
        Same(encoder, encoder, () => encoder.Trace(_ids, _mask, null, new() { Scores = [0, 1], Values = true }).Last);
    }

    [Fact]
    public void Of_two_runs_in_one_loss()
    {
        using TextEncoder encoder = Training(0.2);
        Same(encoder, encoder, () => cat([encoder.forward(_ids, _mask, null), encoder.forward(_ids.flip(1), null, null)]));
    }

    [Fact]
    public void The_random_state_is_where_an_ordinary_run_leaves_it()
    {
        using TextEncoder encoder = Training(0.2);
        Tensor After(bool twice)
        {
            ((IRecomputing)encoder).RecomputesLayers = twice;
            manual_seed(3);
            encoder.forward(_ids, _mask, null).square().sum().backward();
            return rand(4);
        }

        After(true).ShouldBeNear(After(false), 0, 0);
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        using TextEncoder encoder = Training(0.2);
        ((IRecomputing)encoder).RecomputesLayers = true;
        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                EncoderTrace trace = encoder.Trace(_ids, _mask, null, new() { Hidden = [0], Scores = [1] });
                // Both are read: of what is not, TorchSharp makes a tensor without memory, and never counts it off.
                (trace.Last.square().sum() + trace.Scores[1].softmax(-1).square().sum()).backward();
                foreach (var parameter in encoder.parameters())
                    using (parameter.grad) parameter.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(50));
    }

    private static TextEncoder Training(double dropout)
    {
        TextEncoder encoder = RandomEncoder.Of(3, dropout: dropout);
        encoder.train();
        return encoder;
    }

    private static Dictionary<string, float[]> Same(IRecomputing network, nn.Module learning, Func<Tensor> run)
    {
        (Dictionary<string, float[]> expected, Dictionary<string, float[]> actual) = Gradients(network, learning, run);
        foreach (string name in expected.Keys) actual[name].Should().Equal(expected[name], name);
        return actual;
    }

    // Of layers that run once, and twice. The loss is differentiated two times over: gradients that are added to those that are there.
    private static (Dictionary<string, float[]> Once, Dictionary<string, float[]> Twice) Gradients(IRecomputing network, nn.Module learning, Func<Tensor> run)
    {
        Dictionary<string, float[]> expected = Of(false), actual = Of(true);
        expected.Should().NotBeEmpty();
        actual.Keys.Should().BeEquivalentTo(expected.Keys);
        return (expected, actual);

        Dictionary<string, float[]> Of(bool twice)
        {
            learning.zero_grad();
            network.RecomputesLayers = twice;
            manual_seed(3);
            for (int i = 0; i < 2; i++) run().to(float32).square().sum().backward();
            return learning.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.to(float32).data<float>().ToArray());
        }
    }
}
