using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = MLNet.Pretrain.Training.AdamW;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Parity with the reference implementation named in Golden/bert/README.md, at the tolerances given there.</summary>
public sealed class GoldenBertTests : IDisposable
{
    private readonly Dictionary<string, Tensor> _case = GoldenTensors.Read("bert/cases.safetensors");
    private readonly Dictionary<string, Tensor> _heads = GoldenTensors.Read("bert/heads.safetensors");
    private readonly PretrainingNetwork _network = PretrainingNetwork.Load();

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Hidden_states_of_every_layer_agree()
    {
        IReadOnlyList<Tensor> states = _network.Encoder.HiddenStates(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"]);
        for (int i = 0; i < states.Count; i++) ShouldAgree(states[i], _case[$"hidden.{i}"], 1e-4, $"hidden state {i}");
        ShouldAgree(_network.Encoder.Pool(states[^1]), _case["pooled"], 1e-4, "pooled");
    }

    [Fact]
    public void Logits_agree()
    {
        Tensor hidden = _network.Encoder.forward(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"]);
        ShouldAgree(_network.Mlm.forward(hidden, _network.Encoder.WordEmbeddingWeight), _case["mlm_logits"], 1e-4, "masked language model");
        ShouldAgree(_network.Nsp.forward(_network.Encoder.Pool(hidden)), _case["nsp_logits"], 1e-4, "next sentence");
        var classifier = new SequenceClassifier(_network.Encoder, 3, 0);
        using (no_grad())
        {
            classifier.get_parameter("classifier.weight")!.copy_(_heads["classifier.weight"]);
            classifier.get_parameter("classifier.bias")!.copy_(_heads["classifier.bias"]);
        }
        ShouldAgree(classifier.forward(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"]), _case["seqcls_logits"], 1e-4, "sequence classification");
    }

    [Fact]
    public void Without_a_mask_every_token_is_attended()
    {
        Tensor hidden = _network.Encoder.forward(_case["input_ids"], null, null);
        string[] names = [.. _case.Keys.Where(k => k.StartsWith("nomask.", StringComparison.Ordinal))];
        names.Should().NotBeEmpty();
        foreach (string name in names)
        {
            Tensor? actual = name["nomask.".Length..] switch
            {
                "pooled" => _network.Encoder.Pool(hidden),
                "mlm_logits" => _network.Mlm.forward(hidden, _network.Encoder.WordEmbeddingWeight),
                "nsp_logits" => _network.Nsp.forward(_network.Encoder.Pool(hidden)),
                "hidden.3" or "hidden" or "last_hidden" => hidden,
                _ => null,
            };
            if (actual is not null) ShouldAgree(actual, _case[name], 1e-4, name);
        }
    }

    [Fact]
    public void Losses_and_gradients_agree()
    {
        Tensor loss = Loss();
        loss.item<float>().Should().BeApproximately(_case["loss"].item<float>(), 1e-5f * _case["loss"].item<float>());
        loss.backward();
        string[] names = [.. _case.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal))];
        names.Length.Should().Be(5);
        foreach (string name in names)
            ShouldAgree(_network.Their(name["grad.".Length..], parameter => parameter.grad!), _case[name], 1e-5, name, relative: 1e-4);
        using AdamW optimizer = Optimizer();
        optimizer.ClipGradients(0).Should().BeApproximately(_case["grad_global_norm"].to(float64).item<double>(), 1e-4);
    }

    [Fact]
    public void The_checkpoints_own_heads_give_the_references_losses()
    {
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(Golden.Path("bert"));
        CheckpointConfig config = checkpoint.Config;
        (checkpoint.HasMaskedLanguageModel, checkpoint.HasNextSentence).Should().Be((true, true));
        using var encoder = new TextEncoder(config.Encoder);
        using var heads = new PretrainingHeads(new MaskedLanguageModelHead(config.Encoder), new NextSentenceHead(config.Encoder));
        checkpoint.Load(TextModel<TextEncoder>.Parameters(encoder, heads));
        var network = new MLNet.Pretrain.Networks.Text.PretrainingNetwork(encoder, heads);
        network.eval();
        Tensor labels = _case["mlm_labels"].view(-1), positions = labels.ne(-100).nonzero().squeeze(1);
        Tensor hidden = encoder.forward(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"]);
        Tensor words = nn.functional.cross_entropy(network.PredictWords(hidden, positions), labels.index_select(0, positions));
        ShouldAgree(words, _case["mlm_loss"], 0, "hidden words", relative: 1e-5);
        ShouldAgree(nn.functional.cross_entropy(network.PredictOrder(hidden), _case["nsp_labels"].view(-1)), _case["nsp_loss"], 0, "next sentence", relative: 1e-5);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void Three_AdamW_steps_agree(bool clip, bool fused)
    {
        using AdamW optimizer = Optimizer(fused);
        string prefix = clip ? "adamw_clip" : "adamw";
        var schedule = new LearningRateSchedule(LearningRateScheduleKind.Linear, 1e-3, 2, 10);
        for (int step = 0; step < 3; step++)
        {
            Tensor loss = Loss();
            if (_case.ContainsKey($"{prefix}.losses")) loss.item<float>().Should().BeApproximately(_case[$"{prefix}.losses"][step].to(float32).item<float>(), 1e-4f);
            optimizer.ZeroGrad();
            loss.backward();
            double norm = optimizer.ClipGradients(clip ? 1 : 0);
            norm.Should().BeApproximately(_case[$"{prefix}.grad_norms"][step].to(float64).item<double>(), 1e-3);
            schedule.At(step).Should().BeApproximately(_case["adamw.lrs"][step].to(float64).item<double>(), 1e-9);
            optimizer.Step(schedule.At(step));
        }
        Dictionary<string, Tensor> expected = clip
            ? _case.Where(c => c.Key.StartsWith("adamw_clip.param.", StringComparison.Ordinal)).ToDictionary(c => c.Key["adamw_clip.param.".Length..], c => c.Value)
            : GoldenTensors.Read("bert/adamw_params.safetensors");
        expected.Should().NotBeEmpty();
        // Attention does not change with the key's bias: its gradient is rounding alone, which Adam blows up to the learning rate.
        foreach ((string name, Tensor value) in expected.Where(e => !e.Key.EndsWith("key.bias", StringComparison.Ordinal))) ShouldAgree(_network.Their(name, parameter => parameter), value, 2e-5, name, allowed: 1e-3);
    }

    private AdamW Optimizer(bool fused = true)
    {
        (string Name, Parameter Parameter)[] all = [.. _network.named_parameters().Select(p => (p.name, p.parameter))];
        bool NoDecay(string name) => name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal);
        return new AdamW([new([.. all.Where(p => !NoDecay(p.Name))], 1, 0.01), new([.. all.Where(p => NoDecay(p.Name))], 1, 0)], 0.9, 0.999, 1e-8, fused);
    }

    private Tensor Loss()
    {
        Tensor hidden = _network.Encoder.forward(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"]);
        Tensor mlm = _network.Mlm.forward(hidden, _network.Encoder.WordEmbeddingWeight);
        Tensor nsp = _network.Nsp.forward(_network.Encoder.Pool(hidden));
        return nn.functional.cross_entropy(mlm.view(-1, mlm.shape[^1]), _case["mlm_labels"].view(-1), ignore_index: -100)
            + nn.functional.cross_entropy(nsp, _case["nsp_labels"].view(-1));
    }

    // allowed: the part of values that may miss the tolerance, where Adam divides by a gradient of about 0.
    private static void ShouldAgree(Tensor actual, Tensor expected, double absolute, string what, double relative = 0, double allowed = 0)
    {
        actual.shape.Should().Equal(expected.shape, what);
        Tensor off = (actual.to(float64) - expected.to(float64)).abs().gt(absolute + relative * expected.to(float64).abs());
        double part = off.to(float64).mean().item<double>();
        double largest = (actual.to(float64) - expected.to(float64)).abs().max().item<double>();
        part.Should().BeLessThanOrEqualTo(allowed, $"{what} differs by up to {largest}");
    }

    /// <summary>BertForPreTraining: encoder and both heads, its weights named as Hugging Face names them.</summary>
    private sealed class PretrainingNetwork : nn.Module
    {
        private readonly TextEncoder encoder;
        private readonly MaskedLanguageModelHead mlm;
        private readonly NextSentenceHead nsp;
        private readonly TensorNames _names;

        private PretrainingNetwork(TextEncoderConfig config) : base(nameof(PretrainingNetwork))
        {
            (encoder, mlm, nsp, _names) = (new TextEncoder(config), new MaskedLanguageModelHead(config), new NextSentenceHead(config), new TensorNames(config));
            RegisterComponents();
        }

        public TextEncoder Encoder => encoder;

        public MaskedLanguageModelHead Mlm => mlm;

        public NextSentenceHead Nsp => nsp;

        public static PretrainingNetwork Load()
        {
            using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(Golden.Path("bert"));
            var network = new PretrainingNetwork(checkpoint.Config.Encoder);
            checkpoint.Load(NamedWeights.Of(network.encoder));
            using IDisposable _ = no_grad();
            foreach ((string name, Tensor value) in GoldenTensors.Read("bert/model.safetensors").Where(t => t.Key.StartsWith("cls.", StringComparison.Ordinal)))
                network.Their(name, parameter => parameter).copy_(value);
            return network;
        }

        /// <summary>What is ours under their name; of query, key and value the third of the stacked matrix.</summary>
        public Tensor Their(string name, Func<Parameter, Tensor> select)
        {
            string? head = name switch
            {
                "cls.predictions.bias" => "mlm.bias",
                "cls.seq_relationship.weight" => "nsp.linear.weight",
                "cls.seq_relationship.bias" => "nsp.linear.bias",
                _ when name.StartsWith("cls.predictions.transform.dense.", StringComparison.Ordinal) => "mlm.transform." + name.Split('.')[^1],
                _ when name.StartsWith("cls.predictions.transform.LayerNorm.", StringComparison.Ordinal) => "mlm.norm." + name.Split('.')[^1],
                _ => null,
            };
            if (head is not null) return select(get_parameter(head)!);
            foreach ((string ours, Parameter parameter) in encoder.named_parameters())
            {
                string[] theirs = _names.TheirsOf(ours);
                int part = Array.IndexOf(theirs, _names.Normalise(name));
                if (part >= 0) return theirs.Length == 1 ? select(parameter) : select(parameter).chunk(theirs.Length, 0)[part];
            }
            throw new KeyNotFoundException(name);
        }
    }
}
