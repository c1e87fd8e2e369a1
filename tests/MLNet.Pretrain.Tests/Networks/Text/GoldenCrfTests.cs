using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Parity with the reference implementation named in Golden/crf/README.md, at the tolerances given there.</summary>
public sealed class GoldenCrfTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _case = GoldenTensors.Read("crf/cases.safetensors");
    private readonly LinearChainCrf _crf = new(5);

    public GoldenCrfTests()
    {
        using IDisposable _ = no_grad();
        Dictionary<string, Tensor> weights = GoldenTensors.Read("crf/model.safetensors");
        _crf.named_parameters().Select(p => p.name).Should().BeEquivalentTo(weights.Keys);
        foreach ((string name, Parameter parameter) in _crf.named_parameters()) parameter.copy_(weights[name]);
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Likelihoods_agree()
    {
        Equal(Loss("tags").neg(), _case["log_likelihood"]);
        Equal(Loss("tags").mean(), _case["nll_mean"]);
        // log Z - score, of the best tags
        Equal(Loss("viterbi"), _case["log_partition"] - _case["viterbi_score"]);
    }

    [Fact]
    public void The_best_tags_are_the_same()
    {
        IReadOnlyList<int[]> tags = _crf.Decode(_case["emissions"], _case["mask"]);
        for (int row = 0; row < tags.Count; row++)
            tags[row].Should().Equal(_case["viterbi"][row].data<long>().ToArray().Where(tag => tag >= 0).Select(tag => (int)tag));
    }

    [Fact]
    public void Marginals_agree() => Equal(_crf.Marginals(_case["emissions"], _case["mask"]), _case["marginals"]);

    [Fact]
    public void Gradients_agree()
    {
        Tensor emissions = _case["emissions"].requires_grad_(true);
        _crf.NegativeLogLikelihood(emissions, _case["tags"], _case["mask"]).mean().backward();
        Equal(emissions.grad!, _case["grad.emissions"]);
        Equal(_crf.get_parameter("transitions")!.grad!, _case["grad.transitions"]);
        // The first and the last tag's weight change the loss as the emission there does.
        Equal(_crf.get_parameter("start_transitions")!.grad!, _case["grad.emissions"].select(1, 0).sum([0]));
    }

    private Tensor Loss(string tags) => _crf.NegativeLogLikelihood(_case["emissions"], _case[tags], _case["mask"]);

    private static void Equal(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual - expected).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }
}
