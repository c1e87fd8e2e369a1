using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class UnsetWeightsTests
{
    private static readonly ElmoConfig s_elmo = new() { Filters = [new(1, 4), new(3, 4)], ProjectionSize = 6, CellSize = 8, LayerCount = 1, MaxCharacters = 8, VocabularySize = 9 };

    public UnsetWeightsTests() => TorchRuntime.EnsureLoaded();

    public static TheoryData<string> Networks => new(s_makers.Keys);

    private static readonly Dictionary<string, Func<nn.Module>> s_makers = new()
    {
        ["encoder"] = () => new TextEncoder(RandomEncoder.Config(1)),
        ["classifier"] = () => new SequenceClassifier(new TextEncoder(RandomEncoder.Config(1) with { Family = TextEncoderFamily.Roberta, PadTokenId = 1 }), 3, 0),
        ["tagger"] = () => new TokenClassifier(new TextEncoder(RandomEncoder.Config(1)), 3, 0, withCrf: true),
        ["span classifier"] = () => new SpanClassifier(new TextEncoder(RandomEncoder.Config(1))),
        ["masked words"] = () => new MaskedLanguageModelHead(RandomEncoder.Config(1)),
        ["next sentence"] = () => new NextSentenceHead(RandomEncoder.Config(1)),
        ["GPT"] = () => new GptDecoder(new() { VocabSize = 20, HiddenSize = 8, LayerCount = 1, HeadCount = 2, MaxPositions = 8 }),
        ["ELMo"] = () => new Elmo(s_elmo),
        ["language model"] = () => new FeedForwardLanguageModel(new() { VocabularySize = 20, EmbeddingSize = 4, HiddenSize = 6, ContextSize = 2 }),
        ["TextCnn"] = () => new TextCnn(new() { VocabularySize = 20, EmbeddingSize = 4, ClassCount = 2, PadTokenId = 0 }),
        ["TextLstm"] = () => new TextLstm(new() { VocabularySize = 20, EmbeddingSize = 4, HiddenSize = 4, ClassCount = 2, PadTokenId = 0 }),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_draws_its_weights_unless_others_are_to_be_set(string name)
    {
        long before = WeightInitializer.Draws;
        using (new UnsetWeights())
        using (nn.Module unset = s_makers[name]())
        using (nn.Module drawnLater = s_makers[name]())
        {
            unset.parameters().Should().NotBeEmpty().And.OnlyContain(p => p.dtype == ScalarType.Float32);
            WeightInitializer.Draws.Should().Be(before);
        }
        using nn.Module first = s_makers[name](), second = s_makers[name]();
        WeightInitializer.Draws.Should().BeGreaterThan(before);
        foreach ((Parameter a, Parameter b) in first.parameters().Zip(second.parameters())) a.eq(b).all().item<bool>().Should().BeTrue("the seed is the same");
    }

    [Fact]
    public void Weights_share_blocks_of_memory_and_never_a_number()
    {
        using var memory = new WeightMemory();
        long[][] shapes = [[3], [5, 7], [1 << 22], [1 << 21], [1 << 20, 2], [1], [(1 << 22) + 3], [0, 4]];
        Tensor[] taken = [.. shapes.Select(memory.Take)];
        taken.Select(t => t.shape).Should().BeEquivalentTo(shapes, o => o.WithStrictOrdering());
        (long Start, long End)[] places = [.. taken.Where(t => t.numel() > 0).Select(t => (Address(t), Address(t) + t.numel() * sizeof(float))).Order()];
        places.Should().OnlyContain(place => place.Start % 64 == 0);
        places.Zip(places.Skip(1)).Should().OnlyContain(pair => pair.First.End <= pair.Second.Start);
        (Address(taken[1]) - Address(taken[0])).Should().Be(64, "small ones stand side by side");
        foreach (Tensor tensor in taken) tensor.Dispose();

        static unsafe long Address(Tensor tensor)
        {
            using Tensor flat = tensor.view(-1), first = flat.narrow(0, 0, 1);
            return (long)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        }
    }

    [Fact]
    public void A_weight_may_be_changed_between_anothers_use_and_its_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using var memory = new WeightMemory();
        (Parameter a, Parameter b) = (new Parameter(memory.Take([3])), new Parameter(memory.Take([3])));
        using (no_grad())
        {
            a.fill_(2);
            b.fill_(3);
        }
        Tensor loss = (a * a).sum();
        using (no_grad()) b.add_(1);
        loss.backward();
        a.grad!.data<float>().Should().Equal(4, 4, 4);
    }

    [Fact]
    public void Memory_that_nobody_holds_is_gone() => LiveTensors.ShouldLeaveNone(() =>
    {
        using var memory = new WeightMemory();
        memory.Take([4, 5]).Dispose();
        memory.Take([1 << 22]).Dispose();
    });
}
