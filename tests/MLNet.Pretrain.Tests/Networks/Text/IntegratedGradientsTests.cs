using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class IntegratedGradientsTests
{
    private const long Pad = 0, Mask = 4;
    private static readonly long[] s_text = [2, 7, 9, 11, 3, 8, 3], s_hidden = [2, Mask, Mask, Mask, 3, Mask, 3], s_types = [0, 0, 0, 0, 0, 1, 1];

    public IntegratedGradientsTests() => TorchRuntime.EnsureLoaded();

    public static TheoryData<string> Networks => ["Bert", "DistilBert", "Roberta", "mean", "cnn", "two channels", "lstm", "last states"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_entered_behind_its_embeddings_gives_what_it_gives_of_ids(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        using nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = Make(kind);
        var entered = (IEmbeddedTextNetwork)network;
        (Tensor ids, Tensor? types) = (Row(s_text), Types(kind));
        Tensor difference = network.forward(ids, null, types) - entered.FromEmbeddings(entered.Embed(ids, ids, types));
        difference.abs().max().item<float>().Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Values_add_up_to_the_outputs_difference_and_better_with_more_steps(string kind)
    {
        using nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = Make(kind);
        double expected = Output(network, s_text, kind) - Output(network, s_hidden, kind);
        Math.Abs(expected).Should().BeGreaterThan(0.05);
        double coarse = Math.Abs(Values(network, kind, 4).Sum() - expected), fine = Math.Abs(Values(network, kind, 400).Sum() - expected);
        fine.Should().BeLessThan(2e-3 * Math.Max(1, Math.Abs(expected)));
        fine.Should().BeLessThanOrEqualTo(Math.Max(coarse / 5, 1e-5));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Tokens_that_the_baseline_has_as_well_are_worth_nothing_and_batches_change_nothing(string kind)
    {
        using nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = Make(kind);
        double[] together = Values(network, kind, 12), apart = Values(network, kind, 12, batch: 5);
        foreach (int special in (int[])[0, 4, 6]) together[special].Should().Be(0);
        together.Zip(apart, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-4);
    }

    [Fact]
    public void A_linear_models_values_are_weight_times_difference_whatever_the_steps()
    {
        using DisposeScope scope = NewDisposeScope();
        using var linear = new Linear();
        foreach (int steps in (int[])[1, 3])
        {
            double[] values = Values(linear, s_text, s_hidden, null, steps, steps, logits => logits.select(1, 1));
            for (int i = 0; i < s_text.Length; i++)
            {
                // Output 1 weighs the vector at place i by (i + 1) (1, -2).
                (float x, float y) = (Linear.Vector(s_text[i]).X - Linear.Vector(s_hidden[i]).X, Linear.Vector(s_text[i]).Y - Linear.Vector(s_hidden[i]).Y);
                values[i].Should().BeApproximately((i + 1) * (x - 2 * y), 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("Bert")]
    [InlineData("cnn")]
    [InlineData("lstm")]
    public void Parameters_get_no_gradient_and_no_tensor_is_left(string kind)
    {
        using nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = Make(kind);
        Values(network, kind, 4);
        LiveTensors.ShouldLeaveNone(() => Values(network, kind, 4));
        network.parameters().Count(p => p.grad is not null).Should().Be(0);
        network.training.Should().BeFalse();
    }

    [Fact]
    public void That_the_calling_thread_takes_no_gradients_does_not_matter_and_stays_so()
    {
        using nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = Make("Bert");
        double[] plain = Values(network, "Bert", 4);
        using (IDisposable _ = no_grad())
        {
            Values(network, "Bert", 4).Should().Equal(plain);
            is_grad_enabled().Should().BeFalse();
        }
        is_grad_enabled().Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_copy_in_32_bits_has_the_weights_and_its_own_memory(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = Make(kind);
        double plain = Output(network, s_text, kind);
        var copy = (nn.Module<Tensor, Tensor?, Tensor?, Tensor>)((IEmbeddedTextNetwork)network).CopyInFloat32();
        network.Dispose();
        Output(copy, s_text, kind).Should().BeApproximately(plain, 1e-6);
        copy.parameters().Should().OnlyContain(p => p.dtype == ScalarType.Float32 && !p.requires_grad);
        copy.training.Should().BeFalse();
        copy.Dispose();
    }

    private static nn.Module<Tensor, Tensor?, Tensor?, Tensor> Make(string kind)
    {
        nn.Module<Tensor, Tensor?, Tensor?, Tensor> network = kind switch
        {
            "cnn" or "two channels" => new TextCnn(new() { VocabularySize = 12, EmbeddingSize = 6, FilterWidths = [1, 2], FeatureMaps = 8, ClassCount = 3, TwoChannels = kind == "two channels", PadTokenId = (int)Pad }, 3),
            "lstm" or "last states" => new TextLstm(new() { VocabularySize = 12, EmbeddingSize = 6, HiddenSize = 8, LayerCount = kind == "lstm" ? 1 : 2, Pooling = kind == "lstm" ? TextLstmPooling.Max : TextLstmPooling.LastStates, ClassCount = 3, PadTokenId = (int)Pad }, 3),
            _ => new SequenceClassifier(new TextEncoder(Config(kind), 3), 3, 0.1, 3),
        };
        using (IDisposable _ = no_grad())
            foreach (var parameter in network.parameters()) if (network is WordNetwork) parameter.mul_(network is TextLstm ? 3 : 2);
        network.eval();
        return network;
    }

    private static TextEncoderConfig Config(string kind) => new()
    {
        Family = kind == "mean" ? TextEncoderFamily.Bert : Enum.Parse<TextEncoderFamily>(kind),
        VocabSize = 12,
        HiddenSize = 8,
        LayerCount = 2,
        HeadCount = 2,
        IntermediateSize = 16,
        MaxPositions = 12,
        TypeVocabSize = kind is "Bert" or "mean" ? 2 : 0,
        HasPooler = kind == "Bert",
        InitializerRange = 0.4,
    };

    private static double Output(nn.Module<Tensor, Tensor?, Tensor?, Tensor> network, long[] ids, string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        var entered = (IEmbeddedTextNetwork)network;
        return entered.FromEmbeddings(entered.Embed(Row(ids), Row(s_text), Types(kind))).select(1, 1).item<float>();
    }

    private static double[] Values(nn.Module<Tensor, Tensor?, Tensor?, Tensor> network, string kind, int steps, int batch = 100) =>
        Values((IEmbeddedTextNetwork)network, s_text, s_hidden, kind, steps, batch, logits => logits.select(1, 1));

    private static double[] Values(IEmbeddedTextNetwork network, long[] text, long[] hidden, string? kind, int steps, int batch, Func<Tensor, Tensor> output)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] sum = new double[text.Length];
        foreach (float[] points in Enumerable.Range(0, steps).Select(i => (i + 0.5f) / steps).Chunk(batch))
        {
            float[] part = IntegratedGradients.At(network, Row(text), Row(hidden), Types(kind), points, output).data<float>().ToArray();
            for (int i = 0; i < sum.Length; i++) sum[i] += part[i] / steps;
        }
        return sum;
    }

    private static Tensor Row(long[] ids) => tensor(ids).unsqueeze(0);

    private static Tensor? Types(string? kind) => kind is "Bert" or "mean" ? Row(s_types) : null;

    // Two numbers a word, two outputs, the second of which weighs places.
    private sealed class Linear : IEmbeddedTextNetwork
    {
        public static (float X, float Y) Vector(long id) => (id * 0.5f, 3 - id);

        public Tensor Embed(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds) => stack([inputIds.to(float32) * 0.5f, 3 - inputIds.to(float32)], -1);

        public Tensor FromEmbeddings(Tensor embeddings)
        {
            Tensor places = arange(1, embeddings.shape[1] + 1, float32).view(1, -1);
            Tensor weighed = (embeddings * tensor(new float[] { 1, -2 })).sum(-1);
            return stack([weighed.sum(1), (weighed * places).sum(1)], 1);
        }

        public IEmbeddedTextNetwork CopyInFloat32() => this;

        public void Dispose() { }
    }
}
