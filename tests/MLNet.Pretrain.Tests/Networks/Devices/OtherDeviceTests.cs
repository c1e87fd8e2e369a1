using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Devices;

/// <summary>
/// What runs on libtorch's device without memory, which computes shapes alone and refuses most tensors of the processor. Embeddings, norms and attention it does not know outside of Python, so no network runs there as a whole.
/// </summary>
public sealed class OtherDeviceTests : IDisposable
{
    private static readonly Device s_meta = new(DeviceType.META);

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string> Networks => [.. s_networks.Keys];

    private static readonly Dictionary<string, Func<nn.Module>> s_networks = new()
    {
        ["BERT"] = () => new SequenceClassifier(RandomEncoder.Of(2), 3, 0.1),
        ["DistilBERT"] = () => new SequenceClassifier(new TextEncoder(RandomEncoder.Config(2) with { Family = TextEncoderFamily.DistilBert, TypeVocabSize = 0, HasPooler = false }), 3, 0.1),
        ["RoBERTa"] = () => new SequenceClassifier(new TextEncoder(RandomEncoder.Config(2) with { Family = TextEncoderFamily.Roberta, PadTokenId = 1 }), 3, 0.1),
        ["tags with a CRF"] = () => new TokenClassifier(RandomEncoder.Of(1), 3, 0.1, withCrf: true),
        ["answers"] = () => new SpanClassifier(RandomEncoder.Of(1)),
        ["pretraining"] = () => new PretrainingNetwork(RandomEncoder.Of(1), new PretrainingHeads(new MaskedLanguageModelHead(RandomEncoder.Config(1)), new NextSentenceHead(RandomEncoder.Config(1)))),
        ["GPT"] = () => new GptDecoder(new GptConfig { VocabSize = 20, HiddenSize = 8, LayerCount = 2, HeadCount = 2, MaxPositions = 8 }),
        ["ELMo"] = () => new Elmo(new ElmoConfig { CharacterEmbeddingSize = 2, Filters = [new(1, 2), new(3, 2)], ProjectionSize = 3, CellSize = 4, VocabularySize = 9 }),
        ["TextCnn"] = () => new TextCnn(new TextCnnConfig { VocabularySize = 9, EmbeddingSize = 3, FeatureMaps = 2, ClassCount = 2, TwoChannels = true }),
        ["TextLstm"] = () => new TextLstm(new TextLstmConfig { VocabularySize = 9, EmbeddingSize = 3, HiddenSize = 2, LayerCount = 2, ClassCount = 2 }),
        ["a neural language model"] = () => new FeedForwardLanguageModel(new NeuralLanguageModelConfig { VocabularySize = 9, EmbeddingSize = 3, HiddenSize = 2, DirectConnections = true }),
        ["TinyBERT's projection"] = () => new TinyBertLoss(RandomEncoder.Config(1), RandomEncoder.Config(1, width: 24)),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_takes_all_its_weights_along(string kind)
    {
        using nn.Module network = s_networks[kind]();
        network.to(s_meta, ScalarType.BFloat16);
        foreach (nn.Module module in network.modules().Prepend(network))
        {
            // As the module itself finds them, which is not always as it names them.
            foreach (Parameter own in module.GetType().GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).Select(field => field.GetValue(module)).OfType<Parameter>())
                own.device_type.Should().Be(DeviceType.META);
        }
        network.named_parameters().Should().NotBeEmpty().And.OnlyContain(p => p.parameter.device_type == DeviceType.META && p.parameter.dtype == ScalarType.BFloat16);
    }

    [Fact]
    public void What_bounds_a_TextCnns_last_layer_finds_it_where_it_is_now()
    {
        using var network = new TextCnn(new TextCnnConfig { VocabularySize = 9, EmbeddingSize = 3, FeatureMaps = 2, ClassCount = 2 });
        network.to(s_meta, ScalarType.Float32);
        network.named_parameters().Should().Contain(p => ReferenceEquals(p.parameter, network.LastWeight));
    }

    [Fact]
    public void Adapters_are_made_where_the_encoder_is()
    {
        using TextEncoder encoder = RandomEncoder.Of(1);
        encoder.to(s_meta, ScalarType.BFloat16);
        using var adapters = new LoraAdapters(encoder, new() { Targets = LoraTargets.All, Dropout = 0.1 });
        encoder.Layers.Single().Learnable.Should().OnlyContain(p => p.device_type == DeviceType.META);
        AdaptableLinear linear = encoder.Layers.Single().QueryKeyValue;
        IsThere(linear.forward(Learning(2, 3, 12).to(bfloat16)));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void LSTM_layers_run_and_are_differentiated(ScalarType type)
    {
        Tensor[] inputs = [Learning(2, 5, 3, 4), Learning(2, 24, 4), Learning(2, 24, 6), Learning(2, 24)], given = [.. inputs.Select(t => t.to(type))];
        Differentiate([PlainLstmLayer.Run(given[0], given[1], given[2], given[3])], inputs);
        // The gradients of this one begin with what the device does not know: its clips.
        IsThere(LstmLayer.Run(given[0], given[1], Of(2, 24, 5).to(type), given[3], Of(2, 5, 6).to(type), 3, 3));
    }

    [Fact]
    public void A_layer_that_runs_twice_has_its_randomness_of_another_device()
    {
        var weight = new Parameter(Of(4, 4));
        Tensor x = Learning(2, 3, 4), mask = Of(2, 3, 1);
        IReadOnlyList<Tensor> result = LayerCheckpoint.Run((input, kept) => [FastDropout.Apply(nn.functional.linear(input, weight) * kept!, 0.2, training: true)], x, mask, [weight]);
        Differentiate([result[0]], [x, weight]);
    }

    [Fact]
    public void Losses_of_imitation_are_where_student_and_teacher_are()
    {
        using var projection = new TinyBertLoss(RandomEncoder.Config(1), RandomEncoder.Config(1, width: 24));
        projection.to(s_meta, ScalarType.Float32);
        Tensor hidden = Learning(2, 5, 12), scores = Learning(2, 3, 5, 5), values = Learning(2, 3, 5, 4), logits = Learning(6, 9), rows = Of(2);
        // The device does not know how to differentiate divergences and lengths.
        IsThere(MiniLmLoss.Attention(scores, Of(2, 3, 5, 5), null, rows));
        IsThere(MiniLmLoss.Values(values, Of(2, 3, 5, 8), null, rows));
        IsThere(DistilBertLoss.Cosine(hidden, Of(2, 5, 12), null));
        IsThere(DistilBertLoss.SoftWords(logits, Of(6, 9), 2));
        IsThere(SoftTargets.Mix(SoftTargets.RowLosses(logits, Of(6, 9), 2), logits.square().sum(1), 0.5, null, Of(6)));
        IsThere(VectorImitation.Cosines(logits, Of(6, 9)));
        Differentiate(
            [
                projection.Hidden(hidden, Of(2, 5, 24), null, rows), TinyBertLoss.Attention(scores, Of(2, 3, 5, 5), null, rows),
                DistilBertLoss.Words(logits, Ids(6)), VectorImitation.SquaredErrors(logits, Of(6, 9)),
            ],
            [hidden, scores, logits]);
    }

    [Fact]
    public void Texts_are_told_from_those_of_their_batch()
    {
        Tensor first = Learning(3, 8), candidates = Learning(6, 8);
        Tensor scores = InBatchRanking.Scores(first, candidates, Ids(3, 6).ne(0), 0.05);
        IsThere(InBatchRanking.Ranks(scores));
        Differentiate([InBatchRanking.RowLosses(scores, symmetric: true).mean()], [first, candidates]);
    }

    [Fact]
    public void A_decoders_masks_and_its_memory_are_where_its_tokens_are()
    {
        IsThere(CausalMask.Of(0, 4, null, true, s_meta).Allowed!);
        IsThere(CausalMask.Of(2, 4, Ids(3, 1), false, s_meta).Allowed!);
        using var cache = new KeyValueCache(new GptConfig { VocabSize = 20, HiddenSize = 8, LayerCount = 1, HeadCount = 2, MaxPositions = 8 }, [0, 2], 6, ScalarType.Float32, s_meta);
        IsThere(cache.Padding!);
        (Tensor keys, Tensor values) = cache[0].Append(Of(2, 2, 3, 4), Of(2, 2, 3, 4));
        IsThere(keys);
        IsThere(values);
    }

    [Fact]
    public void A_batch_is_moved_as_a_whole()
    {
        var batch = new TrainingBatch
        {
            InputIds = Kept(),
            AttentionMask = Kept(),
            TokenTypeIds = Kept(),
            Labels = Kept(),
            Weights = Kept(),
            Positions = Kept(),
            Targets = Kept(),
            Excluded = Kept(),
            PartWidths = [3],
            RowIndices = [5],
            Tokens = 3,
        };
        using TrainingBatch moved = batch.MoveTo(s_meta);
        batch.InputIds.IsInvalid.Should().BeTrue("nobody else would let go of it");
        foreach (System.Reflection.PropertyInfo property in typeof(TrainingBatch).GetProperties().Where(p => p.PropertyType == typeof(Tensor))) IsThere((Tensor)property.GetValue(moved)!);
        (moved.PartWidths, moved.Rows, moved.Tokens).Should().Be((batch.PartWidths, 1, 3L));

        static Tensor Kept() => zeros(1, 3).DetachFromDisposeScope();
    }

    [Fact]
    public void Sums_of_gradients_and_means_of_weights_are_where_the_weights_are()
    {
        var parameter = new Parameter(Of(4, 4).to(bfloat16));
        using var sums = new GradientSums([parameter]);
        for (int part = 0; part < 2; part++)
        {
            parameter.grad = Of(4, 4).to(bfloat16);
            sums.Take();
        }
        sums.Return(0.5);
        IsThere(parameter.grad!);
        using var average = new WeightAverage(0.5, 4);
        for (int step = 1; step <= 4; step++) average.AfterStep(step, () => [KeyValuePair.Create("weight", (Tensor)parameter)]);
        IsThere(average.State.Single().Tensor);
    }

    private static Tensor Of(params long[] shape) => empty(shape, float32, s_meta);

    private static Tensor Ids(params long[] shape) => empty(shape, int64, s_meta);

    private static Tensor Learning(params long[] shape) => Of(shape).requires_grad_(true);

    private static void IsThere(Tensor tensor) => tensor.device_type.Should().Be(DeviceType.META);

    private static void Differentiate(IEnumerable<Tensor> results, Tensor[] inputs)
    {
        Tensor[] all = [.. results];
        all.Should().OnlyContain(result => result.device_type == DeviceType.META);
        all.Select(result => result.to(float32).sum()).Aggregate((a, b) => a + b).backward();
        inputs.Should().OnlyContain(input => input.grad!.device_type == DeviceType.META && input.grad!.shape.SequenceEqual(input.shape));
    }
}
