using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>The written-out gradients against libtorch's own differentiation of the same formulas.</summary>
public sealed class PlainLstmLayerTests : IDisposable
{
    private readonly DisposeScope _scope;

    public PlainLstmLayerTests()
    {
        TorchRuntime.EnsureLoaded();
        _scope = NewDisposeScope();
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(7, 3, ScalarType.Float32, 1e-5)]
    [InlineData(1, 2, ScalarType.Float32, 1e-5)]
    [InlineData(7, 3, ScalarType.BFloat16, 0.03)]
    public void Values_and_whole_gradients_are_those_of_automatic_differentiation(int steps, int rows, ScalarType type, double tolerance)
    {
        using var generator = new Generator(3);
        Tensor[] inputs = [.. ((long[][])[[2, steps, rows, 4], [2, 24, 4], [2, 24, 6], [2, 24]]).Select(shape => (randn(shape, generator: generator) * 0.7).to(type).detach().requires_grad_(true))];
        Tensor[] copies = [.. inputs.Select(t => t.detach().to(float32).clone().requires_grad_(true))];
        Tensor weight = randn([2, steps, rows, 6], generator: generator);
        Tensor actual = PlainLstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3]), expected = Reference(copies);
        actual.dtype.Should().Be(type);
        Near(actual, expected);
        using (no_grad()) Near(PlainLstmLayer.Run(inputs[0], inputs[1], inputs[2], inputs[3]), expected);
        (actual * weight.to(type)).sum().backward();
        (expected * weight).sum().backward();
        for (int i = 0; i < inputs.Length; i++) Near(inputs[i].grad!, copies[i].grad!);

        void Near(Tensor found, Tensor wanted)
        {
            found.shape.Should().Equal(wanted.shape);
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
        Tensor states = PlainLstmLayer.Run(zeros([1, steps, 1, 1], bfloat16), zeros([1, 4, 1], bfloat16), zeros([1, 4, 1], bfloat16), bias);
        states[0, steps - 1, 0, 0].to(float32).item<float>().Should().BeApproximately(MathF.Tanh(steps * 0.0009f), 0.01f);
    }

    private static Tensor Reference(Tensor[] v)
    {
        long size = v[2].shape[2];
        var directions = new List<Tensor>();
        for (int d = 0; d < 2; d++)
        {
            Tensor h = zeros(v[0].shape[2], size), c = zeros(v[0].shape[2], size);
            var steps = new List<Tensor>();
            for (int t = 0; t < v[0].shape[1]; t++)
            {
                Tensor[] gates = (v[0][d, t].matmul(v[1][d].t()) + h.matmul(v[2][d].t()) + v[3][d]).chunk(4, -1);
                c = gates[0].sigmoid() * gates[2].tanh() + gates[1].sigmoid() * c;
                h = gates[3].sigmoid() * c.tanh();
                steps.Add(h);
            }
            directions.Add(stack([.. steps], 0));
        }
        return stack([.. directions], 0);
    }
}
