using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class LayerCheckpointTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly int _threads = get_num_threads();

    public LayerCheckpointTests() => set_num_threads(1);

    public void Dispose()
    {
        set_num_threads(_threads);
        _scope.Dispose();
    }

    [Fact]
    public void Gradients_are_those_of_an_ordinary_run()
    {
        using TextEncoder encoder = RandomEncoder.Of(3, dropout: 0.2);
        encoder.train();
        Tensor ids = RandomEncoder.Ids(3, 7), mask = RandomEncoder.Mask(7, 4, 2);
        Dictionary<string, float[]> Run(bool recompute)
        {
            encoder.zero_grad();
            ((IRecomputing)encoder).RecomputesLayers = recompute;
            manual_seed(3);
            encoder.forward(ids, mask, null).square().sum().backward();
            return encoder.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.to(float32).data<float>().ToArray());
        }
        var expected = Run(false);
        var actual = Run(true);
        actual.Keys.Should().BeEquivalentTo(expected.Keys);
        foreach (string name in expected.Keys) actual[name].Should().Equal(expected[name], name);
    }
}
