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
    [InlineData(5, 3, 0.4, 0.2, ScalarType.Float32, 1e-5)]
    [InlineData(1, 2, 3, 3, ScalarType.Float32, 1e-5)]
    [InlineData(7, 1, 100, 100, ScalarType.Float32, 1e-5)]
    [InlineData(7, 3, 3, 3, ScalarType.BFloat16, 0.03)]
    public void Values_and_gradients_are_those_of_automatic_differentiation(int steps, int rows, double cellClip, double projectionClip, ScalarType type, double tolerance)
    {
        Tensor[] inputs = Inputs(steps, rows, 4, 6, 5, type), copies = [.. inputs.Select(t => t.detach().to(float32).clone().requires_grad_(true))];
        Tensor weight = Seeded.Normal(8, [2, steps, rows, 5]);
        Tensor actual = LstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], cellClip, projectionClip);
        Tensor expected = Reference(copies, cellClip, projectionClip);
        Near(actual, expected);
        using (no_grad()) Near(LstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], cellClip, projectionClip), expected);
        if (projectionClip < 1) actual.abs().eq(projectionClip).sum().item<long>().Should().BePositive("else clipping is not tried");
        (actual * weight.to(type)).sum().backward();
        (expected * weight).sum().backward();
        for (int i = 0; i < inputs.Length; i++) Near(inputs[i].grad!, copies[i].grad!);

        void Near(Tensor found, Tensor wanted)
        {
            found.shape.Should().Equal(wanted.shape);
            found.dtype.Should().Be(type);
            ((found.to(float32) - wanted).norm() / wanted.norm().clamp_min(1e-3)).item<float>().Should().BeLessThan((float)tolerance);
        }
    }

    [Fact]
    public void A_cell_adds_up_small_numbers_over_many_steps_in_bfloat16_too()
    {
        const int steps = 1000;
        using IDisposable _ = no_grad();
        // Gates open and nothing forgotten: each step adds the candidate.
        Tensor bias = tensor(new[] { 20f, 20f, 0.0009f, 20f }).view(1, 4).to(bfloat16);
        Tensor states = LstmLayer.Run(zeros([1, steps, 1, 1], bfloat16), zeros([1, 4, 1], bfloat16), zeros([1, 4, 1], bfloat16), bias, ones([1, 1, 1], bfloat16), 3, 3);
        states[0, steps - 1, 0, 0].to(float32).item<float>().Should().BeApproximately(MathF.Tanh(steps * 0.0009f), 0.01f);
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        Tensor[] inputs = Inputs(5, 3, 4, 6, 5, ScalarType.Float32);
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

    private static Tensor[] Inputs(int steps, int rows, int size, int cells, int projection, ScalarType type)
    {
        using var generator = new Generator(3);
        return [.. ((long[][])[[2, steps, rows, size], [2, 4 * cells, size], [2, 4 * cells, projection], [2, 4 * cells], [2, projection, cells]])
            .Select(shape => (randn(shape, generator: generator) * 0.7).to(type).detach().requires_grad_(true))];
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
}
