using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>The written-out gradients against libtorch's own differentiation of the same formulas.</summary>
public sealed class LstmLayerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData(5, 3, 0.4, 0.2)]
    [InlineData(1, 2, 3, 3)]
    [InlineData(7, 1, 100, 100)]
    public void Values_and_gradients_are_those_of_automatic_differentiation(int steps, int rows, double cellClip, double projectionClip)
    {
        Tensor[] inputs = Inputs(steps, rows, 4, 6, 5), copies = [.. inputs.Select(t => t.detach().clone().requires_grad_(true))];
        Tensor weight = randn([2, steps, rows, 5], generator: new Generator(8));
        Tensor actual = LstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], cellClip, projectionClip);
        Tensor expected = Reference(copies, cellClip, projectionClip);
        Equal(actual, expected);
        using (no_grad()) Equal(LstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], cellClip, projectionClip), expected);
        if (projectionClip < 1) actual.abs().eq(projectionClip).sum().item<long>().Should().BePositive("else clipping is not tried");
        (actual * weight).sum().backward();
        (expected * weight).sum().backward();
        for (int i = 0; i < inputs.Length; i++) Equal(inputs[i].grad!, copies[i].grad!);
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        Tensor[] inputs = Inputs(5, 3, 4, 6, 5);
        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                LstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], 3, 3).sum().backward();
                foreach (Tensor input in inputs)
                    using (input.grad) input.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(100));
    }

    public void Dispose() => _scope.Dispose();

    private static Tensor[] Inputs(int steps, int rows, int size, int cells, int projection)
    {
        var generator = new Generator(3);
        return [.. ((long[][])[[2, steps, rows, size], [2, 4 * cells, size], [2, 4 * cells, projection], [2, 4 * cells], [2, projection, cells]])
            .Select(shape => (randn(shape, generator: generator) * 0.7).detach().requires_grad_(true))];
    }

    private static Tensor Reference(Tensor[] v, double cellClip, double projectionClip)
    {
        long cells = v[4].shape[2];
        var directions = new List<Tensor>();
        for (int d = 0; d < 2; d++)
        {
            Tensor h = zeros(v[0].shape[2], v[4].shape[1]), c = zeros(v[0].shape[2], cells);
            var steps = new List<Tensor>();
            for (int t = 0; t < v[0].shape[1]; t++)
            {
                Tensor[] gates = (v[0][d, t].matmul(v[1][d].t()) + h.matmul(v[2][d].t()) + v[3][d]).chunk(4, -1);
                c = (gates[0].sigmoid() * gates[2].tanh() + gates[1].sigmoid() * c).clamp(-cellClip, cellClip);
                h = (gates[3].sigmoid() * c.tanh()).matmul(v[4][d].t()).clamp(-projectionClip, projectionClip);
                steps.Add(h);
            }
            directions.Add(stack([.. steps], 0));
        }
        return stack([.. directions], 0);
    }

    private static void Equal(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual - expected).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }
}
