using System.Text.Json.Nodes;
using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Transformers.Checkpoints;

public sealed class GptCheckpointTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly GptModel _model = RandomGpt.Model();

    [Fact]
    public void A_checkpoint_comes_back_with_GPT_2s_names_and_its_matrices_transposed()
    {
        _model.Save(_folder.Path, WeightType.Float32);
        using (SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors")))
        {
            file.Entries["transformer.h.1.mlp.c_fc.weight"].Shape.Should().Equal(16, 64);
            file.Read("transformer.h.1.mlp.c_fc.weight").eq(_model.Network.get_parameter("blocks.1.intermediate.weight")!.t()).all().item<bool>().Should().BeTrue();
            file.Read("transformer.h.0.attn.c_attn.weight").eq(_model.Network.get_parameter("blocks.0.attention.qkv.weight")!.t()).all().item<bool>().Should().BeTrue();
            file.Entries.Should().NotContainKey("lm_head.weight", "it is tied");
        }
        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!;
        (config["model_type"]!.GetValue<string>(), config["n_embd"]!.GetValue<int>(), config["eos_token_id"]!.GetValue<int>()).Should().Be(("gpt2", 16, 256));
        using GptModel loaded = GptModel.Load(_folder.Path);
        loaded.Network.Config.Should().Be(_model.Network.Config);
        ShouldBeEqual(loaded.Network, _model.Network);
    }

    [Fact]
    public void A_file_without_the_prefix_and_with_masks_and_the_tied_head_is_read()
    {
        _model.Save(_folder.Path, WeightType.Float32);
        Rewrite(file => [.. file.Entries.Keys.Select(name => KeyValuePair.Create(name["transformer.".Length..], file.Read(name))),
            KeyValuePair.Create("h.0.attn.bias", ones(1, 1, 24, 24)), KeyValuePair.Create("h.1.attn.masked_bias", tensor(-1e4f)), KeyValuePair.Create("lm_head.weight", file.Read("transformer.wte.weight"))]);
        using GptModel loaded = GptModel.Load(_folder.Path);
        ShouldBeEqual(loaded.Network, _model.Network);
    }

    [Fact]
    public void One_error_lists_every_missing_unexpected_and_misshaped_tensor()
    {
        _model.Save(_folder.Path, WeightType.Float32);
        Rewrite(file => [.. file.Entries.Keys.Where(name => name != "transformer.ln_f.bias")
            .Select(name => KeyValuePair.Create(name == "transformer.h.0.ln_1.bias" ? "transformer.h.9.extra" : name, name == "transformer.h.1.mlp.c_fc.weight" ? zeros(64, 16) : file.Read(name)))]);
        FluentActions.Invoking(() => GptModel.Load(_folder.Path)).Should().Throw<InvalidDataException>()
            .WithMessage("*4 tensors differ*another shape: transformer.h.1.mlp.c_fc.weight is [64, 16], expected [16, 64]*missing: h.0.ln_1.bias [16]*missing: ln_f.bias [16]*unexpected: transformer.h.9.extra [16]*");
    }

    [Theory]
    [InlineData("\"gpt2\"", "\"bert\"", "*model_type 'bert'; expected 'gpt2'*")]
    [InlineData("\"n_head\": 2", "\"n_head\": 3", "*must be a multiple*")]
    [InlineData("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", "*tie_word_embeddings false; expected true*")]
    [InlineData("\"vocab_size\": 257", "\"vocab_size\": 200", "*vocabulary has 257 entries, but the embedding matrix has rows for 200*")]
    [InlineData("\"n_layer\": 2", "\"n_layer\": 3", "*missing: h.2.attn.c_attn.weight*")]
    [InlineData("\"gelu\"", "\"swish\"", "*activation 'swish'; expected one of gelu*")]
    public void A_directory_of_another_model_is_refused(string from, string to, string message)
    {
        _model.Save(_folder.Path, WeightType.Float32);
        string config = File.ReadAllText(_folder.File("config.json"));
        config.Should().Contain(from);
        File.WriteAllText(_folder.File("config.json"), config.Replace(from, to, StringComparison.Ordinal));
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyGpt("Features", "Text", _folder.Path).Fit(TinyTexts.View(_ml))).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private void Rewrite(Func<SafetensorsFile, List<KeyValuePair<string, Tensor>>> change)
    {
        using (SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors"))) SafetensorsWriter.Write(_folder.File("changed"), change(file));
        File.Move(_folder.File("changed"), _folder.File("model.safetensors"), overwrite: true);
    }

    private static void ShouldBeEqual(GptDecoder actual, GptDecoder expected)
    {
        foreach (var (a, b) in actual.parameters().Zip(expected.parameters())) a.eq(b).all().item<bool>().Should().BeTrue();
    }
}
