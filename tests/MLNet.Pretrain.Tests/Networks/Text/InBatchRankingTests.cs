using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Against the NT-Xent and MoCo losses of two libraries: Golden/contrastive/README.md. Both are rankings with other candidates left out.</summary>
public sealed class InBatchRankingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _cases = GoldenTensors.Read("contrastive/cases.safetensors");

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("0.07", 0.07)]
    [InlineData("0.1", 0.1)]
    [InlineData("0.5", 0.5)]
    [InlineData("1", 1)]
    public void Two_views_ranked_among_all_are_NT_Xent(string name, double temperature) =>
        Equal(NtXent(_cases["z0"], _cases["z1"], temperature), _cases["ntxent.T" + name]);

    [Fact]
    public void Gradients_are_those_of_NT_Xent()
    {
        Tensor z0 = _cases["z0"].requires_grad_(), z1 = _cases["z1"].requires_grad_();
        NtXent(z0, z1, 0.5).backward();
        Equal(z0.grad!, _cases["ntxent.T0.5.grad_z0"]);
        Equal(z1.grad!, _cases["ntxent.T0.5.grad_z1"]);
    }

    [Theory]
    [InlineData("0.07", 0.07)]
    [InlineData("0.2", 0.2)]
    public void More_negatives_in_place_of_the_batchs_are_MoCos_queue(string name, double temperature)
    {
        Tensor z0 = _cases["z0"].requires_grad_();
        Tensor candidates = cat([Unit(_cases["z1"]), _cases["queue"].t()]);
        Tensor others = cat([eye(6).to(@bool).logical_not(), zeros([6, 32], @bool)], 1);
        Tensor loss = InBatchRanking.RowLosses(InBatchRanking.Scores(Unit(z0), candidates, others, temperature), symmetric: false).mean();
        Equal(loss, _cases["moco.T" + name]);
        if (name != "0.2") return;
        loss.backward();
        Equal(z0.grad!, _cases["moco.T0.2.grad_z0"]);
    }

    [Fact]
    public void The_symmetric_loss_is_the_mean_of_both_directions_and_leaves_further_negatives_out_of_the_second()
    {
        Tensor a = Unit(_cases["z0"]), b = Unit(_cases["z1"]), more = _cases["queue"].t();
        Tensor there = InBatchRanking.RowLosses(InBatchRanking.Scores(a, cat([b, more]), null, 0.1), symmetric: false);
        Tensor back = InBatchRanking.RowLosses(InBatchRanking.Scores(b, a, null, 0.1), symmetric: false);
        Equal(InBatchRanking.RowLosses(InBatchRanking.Scores(a, cat([b, more]), null, 0.1), symmetric: true), (there + back) / 2);
    }

    [Fact]
    public void Ranks_count_what_is_as_near_or_nearer()
    {
        Tensor scores = tensor(new float[] { 3, 1, 2, /**/ 5, 5, 1, /**/ 2, float.NegativeInfinity, 1 }, 3, 3);
        InBatchRanking.Ranks(scores).data<long>().ToArray().Should().Equal(1, 2, 2);
    }

    // Each view is an anchor, the other its partner, and its own self no wrong answer.
    private static Tensor NtXent(Tensor z0, Tensor z1, double temperature)
    {
        Tensor first = cat([Unit(z0), Unit(z1)]), second = cat([Unit(z1), Unit(z0)]);
        Tensor self = eye(12).to(@bool).roll(6, 1);
        return InBatchRanking.RowLosses(InBatchRanking.Scores(first, second, self, temperature), symmetric: false).mean();
    }

    private static Tensor Unit(Tensor x) => x / x.norm(1, keepdim: true);

    private static void Equal(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        ((actual - expected).abs() / expected.abs().clamp(1e-2)).max().item<float>().Should().BeLessThan(2e-5f);
    }
}
