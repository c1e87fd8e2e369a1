using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Engine;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Networks.Text.Engine;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text.Engine;

/// <summary>The packed engines against the modules.</summary>
public sealed class EncoderEngineTests
{
    // Whether products are of 8 bits.
    private static bool[] Modes => ProcessorFeatures.HasInt8Products ? [false, true] : [false];

    [PackedEngineFact]
    public void Packed_float32_gives_what_the_modules_give_whatever_the_shape() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => CompareAnyShape(new Random(seed))).QuickCheckThrowOnFailure();

    [PackedEngineFact]
    public void Packed_float32_agrees_with_the_reference_implementation()
    {
        Dictionary<string, Tensor> golden = GoldenTensors.Read("bert/cases.safetensors");
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(Golden.Path("bert"));
        using var encoder = new TextEncoder(checkpoint.Config.Encoder);
        checkpoint.Load(NamedWeights.Of(encoder));
        using IEncoderEngine engine = Packed(encoder);
        using IDisposable _ = no_grad();
        IReadOnlyList<Tensor> states = engine.All(golden["input_ids"], golden["attention_mask"], golden["token_type_ids"]);
        Tensor real = golden["attention_mask"].to(@bool).unsqueeze(-1);
        for (int i = 0; i < states.Count; i++) (states[i] * real).ShouldBeNear(golden[$"hidden.{i}"] * real, 0, 1e-5, $"hidden state {i}");
    }

    [PackedEngineFact(needsAll: true)]
    public void Bfloat16_and_8_bits_point_where_float32_points()
    {
        TextEncoderConfig config = Config(hidden: 128, heads: 4, layers: 4, inner: 512, Activation.Gelu, TextEncoderFamily.Bert);
        using TextEncoder encoder = Encoder(config, seed: 5), half = Encoder(config, seed: 5);
        half.to(ScalarType.BFloat16);
        (Tensor ids, Tensor mask) = Batch(new Random(1), config, [40, 17, 64, 2, 33]);
        using IDisposable _ = inference_mode();
        Tensor expected = encoder.RunModules(ids, mask, null);
        using IEncoderEngine rounded = Packed(half), quantized = Packed(encoder, quantized: true);
        LeastCosine(rounded.Last(ids, mask, null), expected, mask).Should().BeGreaterThan(0.9995);
        LeastCosine(quantized.Last(ids, mask, null), expected, mask).Should().BeGreaterThan(0.999);
    }

    [PackedEngineFact(needsAll: true)]
    public void Every_activation_and_family_is_computed_in_8_bits_and_in_bfloat16()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            foreach (TextEncoderFamily family in Enum.GetValues<TextEncoderFamily>())
            {
                TextEncoderConfig config = Config(hidden: 40, heads: 5, layers: 2, inner: 72, activation, family);
                using TextEncoder encoder = Encoder(config, seed: 3), half = Encoder(config, seed: 3);
                half.to(ScalarType.BFloat16);
                (Tensor ids, Tensor mask) = Batch(new Random(2), config, [9, 3, 12]);
                using IDisposable _ = inference_mode();
                Tensor expected = encoder.RunModules(ids, mask, null);
                using IEncoderEngine rounded = Packed(half), quantized = Packed(encoder, quantized: true);
                LeastCosine(rounded.Last(ids, mask, null), expected, mask).Should().BeGreaterThan(0.999, $"{activation}, {family}, bfloat16");
                LeastCosine(quantized.Last(ids, mask, null), expected, mask).Should().BeGreaterThan(0.999, $"{activation}, {family}, 8 bits");
            }
        }
    }

    [PackedEngineFact]
    public void A_row_gives_the_same_whatever_stands_beside_it()
    {
        TextEncoderConfig config = Config(hidden: 64, heads: 2, layers: 2, inner: 128, Activation.Gelu, TextEncoderFamily.Bert);
        using TextEncoder encoder = Encoder(config, seed: 3);
        (Tensor ids, Tensor mask) = Batch(new Random(2), config, [9, 3, 12]);
        using IDisposable _ = inference_mode();
        foreach (bool quantized in Modes)
        {
            using IEncoderEngine engine = Packed(encoder, quantized);
            Tensor alone = engine.Last(ids[1..2, ..3], null, null), together = engine.Last(ids, mask, null);
            together[1..2, ..3].ShouldBeNear(alone, 0, 1e-5);
        }
    }

    [PackedEngineFact]
    public void Many_threads_share_one_engine_and_every_row_is_right()
    {
        TextEncoderConfig config = Config(hidden: 32, heads: 2, layers: 2, inner: 64, Activation.Gelu, TextEncoderFamily.Bert);
        using TextEncoder encoder = Encoder(config, seed: 3);
        foreach (bool quantized in Modes)
        {
            using IEncoderEngine engine = Packed(encoder, quantized);
            double least = quantized ? 0.999 : 1 - 1e-6;
            int wrong = 0;
            Thread[] threads = [.. Enumerable.Range(0, 64).Select(number => new Thread(() =>
            {
                using IDisposable _ = inference_mode();
                using var scope = NewDisposeScope();
                (Tensor ids, Tensor mask) = Batch(new Random(number), config, [1 + number % 11, 5]);
                Tensor expected = encoder.RunModules(ids, mask, null);
                for (int i = 0; i < 20; i++)
                    if (!(LeastCosine(engine.Last(ids, mask, null), expected, mask) > least)) Interlocked.Increment(ref wrong);
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            wrong.Should().Be(0);
        }
    }

    [PackedEngineFact]
    public void Passes_leave_no_tensor_behind()
    {
        TextEncoderConfig config = Config(hidden: 32, heads: 2, layers: 2, inner: 64, Activation.Gelu, TextEncoderFamily.Bert);
        using TextEncoder encoder = Encoder(config, seed: 3);
        (Tensor ids, Tensor mask) = Batch(new Random(2), config, [9, 3, 12]);
        using IDisposable _ = inference_mode();
        foreach (bool quantized in Modes)
        {
            using IEncoderEngine engine = Packed(encoder, quantized);
            LiveTensors.ShouldLeaveNone(() =>
            {
                using var scope = NewDisposeScope();
                for (int i = 0; i < 50; i++)
                {
                    engine.Last(ids, mask, null);
                    engine.All(ids, mask, null);
                }
            });
        }
        // TorchSharp does not count what passes make between products. Other tests' passes end; a leak stays.
        SpinWait.SpinUntil(() => TorchAbi.Instance!.Alive < 40, TimeSpan.FromSeconds(60)).Should().BeTrue("100 passes of two layers make thousands of tensors");
    }

    [Fact]
    public void Where_adapters_are_lent_or_the_switch_is_set_the_modules_score()
    {
        using TextEncoder encoder = RandomEncoder.Of(2);
        AppContext.SetSwitch(EngineSwitch.Name, true);
        try
        {
            using IEncoderEngine plain = EncoderEngines.Create(encoder, quantized: false, out string? why);
            plain.Should().BeOfType<PlainEncoderEngine>();
            why.Should().Contain(EngineSwitch.Name);
        }
        finally
        {
            AppContext.SetSwitch(EngineSwitch.Name, false);
        }
        using var mask = ones(1, 3, 1, 1);
        encoder.Layers.First().HeadMask = mask;
        EncoderEngines.Create(encoder, quantized: false, out string? lent).Should().BeOfType<PlainEncoderEngine>();
        if (PackedEngineFactAttribute.Missing(needsAll: false) is null) lent.Should().Be("adapters or head masks are lent to the layers");
    }

    [PackedEngineFact]
    public void A_word_beyond_the_vocabulary_is_refused()
    {
        using TextEncoder encoder = RandomEncoder.Of(2);
        using IEncoderEngine engine = Packed(encoder);
        using IDisposable _ = no_grad();
        Action act = () => engine.Last(tensor(new long[] { 1, 30 }).unsqueeze(0), null, null);
        act.Should().Throw<ArgumentException>().WithMessage("inputIds holds 30; expected a vocabulary of 30: 0 to 29.*");
    }

    private static void CompareAnyShape(Random random)
    {
        int heads = 1 << random.Next(0, 4), hidden = random.Next(3) > 0 ? 64 * random.Next(1, 4) : heads * random.Next(1, 40);
        TextEncoderConfig config = Config(hidden, heads, random.Next(1, 4), random.Next(2) == 0 ? 64 * random.Next(1, 6) : random.Next(1, 150), Enum.GetValues<Activation>()[random.Next(3)], Enum.GetValues<TextEncoderFamily>()[random.Next(3)]);
        if (random.Next(3) == 0 && heads > 1) config = config with { PrunedHeads = new Dictionary<int, IReadOnlyList<int>> { [0] = [random.Next(heads)] } };
        using TextEncoder encoder = Encoder(config, random.Next());
        // Rows of one token, and a row of none beside others.
        int[] lengths = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(4) == 0 ? 1 : random.Next(1, 70))];
        if (random.Next(4) == 0) lengths = [.. lengths, 0];
        using var scope = NewDisposeScope();
        using IDisposable _ = inference_mode();
        (Tensor ids, Tensor mask) = Batch(random, config, lengths);
        Tensor? types = config.TypeVocabSize > 0 && random.Next(2) == 0 ? randint(0, config.TypeVocabSize, ids.shape, int64) : null;
        using IEncoderEngine engine = Packed(encoder);
        bool isPadded = lengths.Distinct().Count() > 1;
        IReadOnlyList<Tensor> expected = encoder.RunModulesAtAllDepths(ids, isPadded ? mask : null, types), found = engine.All(ids, isPadded ? mask : null, types);
        // What stands in padding means nothing, and a row of padding alone has no expectation.
        Tensor real = mask.to(@bool).unsqueeze(-1).logical_not();
        for (int depth = 0; depth < expected.Count; depth++)
            found[depth].masked_fill(real, 0).ShouldBeNear(expected[depth].masked_fill(real, 0), 1e-5, 1e-5, $"{config}, lengths {string.Join(' ', lengths)}, depth {depth}");
        if (!ProcessorFeatures.HasInt8Products) return;
        using IEncoderEngine quantized = Packed(encoder, quantized: true);
        // Tiny models round coarsely: what is asked here is that no shape is wrong.
        LeastCosine(quantized.Last(ids, isPadded ? mask : null, types), expected[^1], mask).Should().BeGreaterThan(0.98, $"{config}, 8 bits");
    }

    private static IEncoderEngine Packed(TextEncoder encoder, bool quantized = false)
    {
        IEncoderEngine engine = EncoderEngines.Create(encoder, quantized, out string? why);
        why.Should().BeNull();
        return engine;
    }

    private static TextEncoder Encoder(TextEncoderConfig config, long seed)
    {
        var encoder = new TextEncoder(config, seed);
        encoder.eval();
        // Biases are 0 in a new network, and norms do nothing.
        using IDisposable _ = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, parameter) in encoder.named_parameters())
            if (parameter.shape.Length == 1) parameter.add_(randn(parameter.shape, generator: generator) * 0.1);
        return encoder;
    }

    private static TextEncoderConfig Config(int hidden, int heads, int layers, int inner, Activation activation, TextEncoderFamily family) => new()
    {
        VocabSize = 50,
        HiddenSize = hidden,
        HeadCount = heads,
        LayerCount = layers,
        IntermediateSize = inner,
        Activation = activation,
        Family = family,
        TypeVocabSize = family == TextEncoderFamily.DistilBert ? 0 : 2,
        HasPooler = false,
        MaxPositions = 80,
        PadTokenId = 1,
        InitializerRange = 0.1,
    };

    private static (Tensor Ids, Tensor Mask) Batch(Random random, TextEncoderConfig config, int[] lengths)
    {
        int width = Math.Max(1, lengths.Max());
        Tensor ids = full([lengths.Length, width], config.PadTokenId, int64), mask = zeros([lengths.Length, width], @bool);
        for (int row = 0; row < lengths.Length; row++)
        {
            for (int i = 0; i < lengths[row]; i++)
            {
                ids[row, i] = random.Next(2, config.VocabSize);
                mask[row, i] = true;
            }
        }
        return (ids, mask);
    }

    // Over the real tokens.
    private static double LeastCosine(Tensor found, Tensor expected, Tensor mask)
    {
        Tensor cosines = nn.functional.cosine_similarity(found.to(float32), expected.to(float32), -1);
        return cosines.masked_fill(mask.logical_not(), 1).min().item<float>();
    }
}
