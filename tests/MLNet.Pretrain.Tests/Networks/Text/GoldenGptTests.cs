using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Parity with the reference implementations named in Golden/gpt2/README.md, at the tolerances given there.</summary>
public sealed class GoldenGptTests : IDisposable
{
    private const int PromptLength = 7, NewTokens = 20;

    private readonly Dictionary<string, Tensor> _case = GoldenTensors.Read("gpt2/cases.safetensors");
    private readonly GptDecoder _network = Load(config => config);

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Hidden_states_of_every_block_agree()
    {
        IReadOnlyList<Tensor> states = _network.HiddenStates(_case["input_ids"]);
        states.Should().HaveCount(_network.Config.LayerCount + 2);
        for (int i = 0; i <= _network.Config.LayerCount; i++) ShouldAgree(states[i], _case[$"hidden.{i}"], 1e-4, $"hidden state {i}");
        ShouldAgree(states[^1], _case["final_hidden"], 1e-4, "final hidden state");
        ShouldAgree(_network.LastHidden(_case["input_ids"]), _case["final_hidden"], 1e-4, "last hidden state");
    }

    [Fact]
    public void Logits_agree() => ShouldAgree(_network.forward(_case["input_ids"]), _case["logits"], 1e-4, "logits");

    [Fact]
    public void Logits_and_loss_with_the_exact_gelu_agree()
    {
        using GptDecoder exact = Load(config => config with { Activation = Activation.Gelu });
        ShouldAgree(exact.forward(_case["input_ids"]), _case["erf_gelu.logits"], 1e-4, "logits");
        Loss(exact, _case["input_ids"]).item<float>().Should().BeApproximately(_case["erf_gelu.loss"].item<float>(), 1e-5f * _case["erf_gelu.loss"].item<float>());
    }

    [Fact]
    public void Losses_and_gradients_agree()
    {
        Loss(_network, _case["labels_masked"]).item<float>().Should().BeApproximately(_case["loss_masked"].item<float>(), 1e-5f * _case["loss_masked"].item<float>());
        Tensor loss = Loss(_network, _case["input_ids"]);
        loss.item<float>().Should().BeApproximately(_case["loss"].item<float>(), 1e-5f * _case["loss"].item<float>());
        loss.backward();
        var names = new GptTensorNames();
        var gradients = _network.named_parameters().ToDictionary(p => names.WithPrefix(p.name, names.TheirsOf(p.name)[0]), p => names.IsTransposed(p.name) ? p.parameter.grad!.t() : p.parameter.grad!);
        string[] expected = [.. _case.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal))];
        expected.Should().NotBeEmpty();
        foreach (string name in expected) ShouldAgree(gradients[name["grad.".Length..]], _case[name], 1e-5, name, 1e-4);
    }

    [Fact]
    public void The_plain_attention_of_bf16_training_is_the_same_attention()
    {
        using GptDecoder half = Load(config => config);
        ((nn.Module)half).to(bfloat16);
        half.eval();
        Tensor fused = half.forward(_case["input_ids"]).to(float32);
        half.train();
        Tensor plain = half.forward(_case["input_ids"]).to(float32);
        (plain - fused).abs().mean().item<float>().Should().BeLessThan(0.02f);
        (plain - _case["logits"]).abs().mean().item<float>().Should().BeLessThan(0.03f, "bf16 keeps 8 bits");
    }

    [Fact]
    public void Greedy_continuations_agree_without_the_cache()
    {
        Tensor ids = _case["greedy"].narrow(1, 0, PromptLength);
        using IDisposable _ = no_grad();
        Tensor last = ids;
        for (int i = 0; i < NewTokens; i++)
        {
            last = _network.forward(ids).select(1, -1);
            ids = cat([ids, last.argmax(-1).unsqueeze(1)], 1);
        }
        ids.eq(_case["greedy"]).all().item<bool>().Should().BeTrue();
        ShouldAgree(last, _case["greedy_last_logits"], 1e-4, "the last logits");
    }

    [Fact]
    public void Greedy_continuations_agree_with_the_cache_and_batched()
    {
        using IDisposable _ = no_grad();
        using var cache = new KeyValueCache(_network.Config, [0, 0, 0], PromptLength + NewTokens, float32, CPU);
        Tensor ids = _case["greedy"].narrow(1, 0, PromptLength), logits = _network.Next(ids, cache);
        for (int i = 0; i < NewTokens; i++)
        {
            Tensor next = logits.argmax(-1).unsqueeze(1);
            ids = cat([ids, next], 1);
            if (i < NewTokens - 1) logits = _network.Next(next, cache);
        }
        ids.eq(_case["greedy"]).all().item<bool>().Should().BeTrue();
        ShouldAgree(logits, _case["greedy_last_logits"], 1e-4, "the last logits");
    }

    [Fact]
    public void Prompts_of_different_lengths_are_continued_together_as_each_alone()
    {
        int[][] golden = [.. Enumerable.Range(0, 3).Select(row => _case["greedy"][row].data<long>().Select(id => (int)id).ToArray())];
        // Prompts that end at different places of the golden rows: what follows is known.
        int[] lengths = [7, 12, 9];
        var made = new List<int>[] { [], [], [] };
        using var runner = new TextNetworkRunner(_network, "cpu", ScoringPrecision.Float32, 1);
        GenerationRow[] rows = [.. lengths.Select((length, i) => new GenerationRow(golden[i][..length], _network.Config.MaxPositions, new TokenSampler(new(), 1), id =>
        {
            made[i].Add(id);
            return length + made[i].Count < golden[i].Length;
        }))];
        using (var batch = new GenerationBatch(_network, runner, rows, NewTokens, _network.Config.VocabSize))
            while (batch.Step()) { }
        for (int i = 0; i < 3; i++) made[i].Should().Equal(golden[i][lengths[i]..]);
    }

    [Fact]
    public void Rows_with_fillers_in_the_cache_have_the_logits_of_each_alone()
    {
        using IDisposable _ = no_grad();
        Tensor ids = _case["input_ids"];
        int[] padding = [0, 5, 11];
        long[] lengths = [19, 14, 8];
        Tensor padded = zeros_like(ids);
        for (int i = 0; i < 3; i++) padded[i].narrow(0, padding[i], lengths[i]).copy_(ids[i].narrow(0, 0, lengths[i]));
        using var cache = new KeyValueCache(_network.Config, padding, 21, float32, CPU);
        Tensor first = _network.Next(padded.narrow(1, 0, 15), cache), second = _network.Next(padded.narrow(1, 15, 4), cache);
        cache.Keep([2, 1]);
        Tensor third = _network.Next(tensor(new long[,] { { 3 }, { 4 } }), cache);
        for (int i = 0; i < 3; i++)
        {
            ShouldAgree(first[i], _network.forward(ids[i].narrow(0, 0, 15 - padding[i]).unsqueeze(0))[0, -1], 1e-4, $"row {i}");
            ShouldAgree(second[i], _network.forward(ids[i].narrow(0, 0, lengths[i]).unsqueeze(0))[0, -1], 1e-4, $"row {i}, read in two parts");
        }
        ShouldAgree(third[0], _network.forward(cat([ids[2].narrow(0, 0, 8), tensor(new long[] { 3 })]).unsqueeze(0))[0, -1], 1e-4, "row 2, kept");
        ShouldAgree(third[1], _network.forward(cat([ids[1].narrow(0, 0, 14), tensor(new long[] { 4 })]).unsqueeze(0))[0, -1], 1e-4, "row 1, kept");
    }

    [Fact]
    public void New_weights_are_GPT_2s()
    {
        var config = new GptConfig { VocabSize = 50, HiddenSize = 64, LayerCount = 8, HeadCount = 4, MaxPositions = 32 };
        using var network = new GptDecoder(config, 7);
        using var same = new GptDecoder(config, 7);
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Deviation("blocks.3.intermediate.weight").Should().BeApproximately(0.02, 0.002);
        Deviation("blocks.3.attention.output.weight").Should().BeApproximately(0.02 / 4, 0.001);
        Deviation("blocks.3.output.weight").Should().BeApproximately(0.02 / 4, 0.001);
        parameters["blocks.3.attention_norm.weight"].eq(1).all().item<bool>().Should().BeTrue();
        parameters["blocks.3.output.bias"].eq(0).all().item<bool>().Should().BeTrue();
        foreach ((string name, var parameter) in same.named_parameters()) parameter.eq(parameters[name]).all().item<bool>().Should().BeTrue(name);

        double Deviation(string name) => parameters[name].std().item<float>();
    }

    private static GptDecoder Load(Func<GptConfig, GptConfig> change)
    {
        var network = new GptDecoder(change(GptCheckpoint.ReadConfig(Golden.Path("gpt2"))));
        GptCheckpoint.Load(Golden.Path("gpt2"), network);
        return network;
    }

    private Tensor Loss(GptDecoder network, Tensor labels)
    {
        Tensor logits = network.forward(_case["input_ids"]);
        return nn.functional.cross_entropy(logits.narrow(1, 0, logits.shape[1] - 1).flatten(0, 1), labels.narrow(1, 1, labels.shape[1] - 1).flatten(), ignore_index: -100);
    }

    private static void ShouldAgree(Tensor actual, Tensor expected, double absolute, string what, double relative = 0)
    {
        actual.shape.Should().Equal(expected.shape, what);
        Tensor difference = (actual.to(float64) - expected.to(float64)).abs();
        difference.le(absolute + relative * expected.to(float64).abs()).all().item<bool>().Should().BeTrue($"{what} differs by up to {difference.max().item<double>()}");
    }
}
