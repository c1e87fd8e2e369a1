using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Against a PyTorch implementation of Kim's network: Golden/textcnn/README.md.</summary>
public sealed class GoldenTextCnnTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _cases = GoldenTensors.Read("textcnn/cases.safetensors");
    private readonly TextCnn _network = new(new TextCnnConfig { VocabularySize = 150, EmbeddingSize = 24, FilterWidths = [2, 3, 4], FeatureMaps = 10, ClassCount = 5, Dropout = 0, PadTokenId = 149 });

    public GoldenTextCnnTests()
    {
        using IDisposable _ = no_grad();
        Dictionary<string, Tensor> weights = GoldenTensors.Read("textcnn/model.safetensors");
        var parameters = _network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        parameters.Keys.Should().BeEquivalentTo(weights.Keys);
        foreach ((string name, Parameter parameter) in parameters) parameter.copy_(weights[name]);
    }

    [Fact]
    public void Logits_loss_and_gradients_are_the_references()
    {
        Tensor logits = _network.forward(_cases["input_ids"], null, null);
        Equal(logits, _cases["TextCNN.logits"]);
        Tensor loss = nn.functional.cross_entropy(logits, _cases["labels"]);
        Equal(loss, _cases["TextCNN.loss"]);
        loss.backward();
        var parameters = _network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (string name in (string[])["embedding.weight", "convs.0.weight", "fc.bias"]) Equal(parameters[name].grad!, _cases["grad." + name]);
    }

    [Fact]
    public void Filler_under_the_mask_changes_nothing()
    {
        Tensor ids = _cases["input_ids"][.., ..9], padded = nn.functional.pad(ids, [0, 5], value: 149);
        Tensor mask = cat([ones([4, 9], int64), zeros([4, 5], int64)], 1);
        Equal(_network.forward(padded, mask, null), _network.forward(ids, null, null));
    }

    [Fact]
    public void The_norm_of_each_class_is_kept_short()
    {
        _network.LimitNorm(0.2);
        Parameter last = _network.named_parameters().Single(p => p.name == "fc.weight").parameter;
        last.norm(1).data<float>().ToArray().Should().OnlyContain(n => n <= 0.2f + 1e-6f).And.Contain(n => n > 0.199f);
    }

    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }

    private static void Equal(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual - expected).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }
}
