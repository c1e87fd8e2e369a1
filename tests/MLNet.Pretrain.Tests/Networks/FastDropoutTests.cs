using MLNet.Pretrain.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks;

/// <summary>Statistics of masks, and what a mask does to values and gradients.</summary>
public sealed class FastDropoutTests : IDisposable
{
    private const int Count = 1_000_003;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.1, ScalarType.Float32)]
    [InlineData(0.1, ScalarType.BFloat16)]
    [InlineData(0.5, ScalarType.Float32)]
    [InlineData(0.75, ScalarType.BFloat16)]
    public void The_share_of_zeros_is_the_probability_and_the_others_keep_the_mean(double probability, ScalarType type)
    {
        manual_seed(3).Dispose();
        float[] mask = Values(FastDropout.Mask([Count], type, probability));
        double sigma = Math.Sqrt(probability * (1 - probability) / Count);
        (mask.Count(v => v == 0) / (double)Count).Should().BeApproximately(probability, 5 * sigma);
        float kept = Values(tensor(1 / (1 - probability)).to(type))[0];
        mask.Where(v => v != 0).Distinct().Should().Equal(kept);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Values_of_one_mask_and_of_two_masks_are_independent(ScalarType type)
    {
        manual_seed(4).Dispose();
        float[] mask = Values(FastDropout.Mask([Count], type, 0.5)), next = Values(FastDropout.Mask([Count], type, 0.5));
        // Both dropped: a quarter of the pairs, at every distance that the vectors' lanes or numbers could repeat in, and between masks.
        foreach (int distance in (int[])[1, 2, 4, 8, 16, 32, 64, 256]) Both(mask, mask, distance).Should().BeApproximately(0.25, 5 * Math.Sqrt(0.1875 / Count), $"distance {distance}");
        Both(mask, next, 0).Should().BeApproximately(0.25, 5 * Math.Sqrt(0.1875 / Count));

        static double Both(float[] a, float[] b, int distance) => Enumerable.Range(0, Count - distance).Count(i => a[i] == 0 && b[i + distance] == 0) / (double)(Count - distance);
    }

    [Fact]
    public void The_random_state_decides_the_mask()
    {
        float[] Draw(long seed)
        {
            manual_seed(seed).Dispose();
            return Values(FastDropout.Mask([1000], ScalarType.Float32, 0.3));
        }

        Draw(1).Should().Equal(Draw(1));
        Draw(1).Should().NotEqual(Draw(2));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]   // drawn by libtorch
    public void Values_and_gradients_are_dropped_together_and_scoring_drops_nothing(ScalarType type)
    {
        manual_seed(5).Dispose();
        var dropout = new FastDropout(0.25);
        Tensor x = rand([7, 11, 13], float32).add(1).to(type).transpose(0, 2).requires_grad_(true);
        Tensor y = dropout.forward(x);
        y.sum().backward();
        (float[] input, float[] output, float[] gradient) = (Values(x), Values(y), Values(x.grad!));
        output.Should().Contain(0).And.Contain(v => v != 0);
        for (int i = 0; i < input.Length; i++)
        {
            output[i].Should().BeApproximately(output[i] == 0 ? 0 : input[i] / 0.75f, 0.02f);
            gradient[i].Should().BeApproximately(output[i] == 0 ? 0 : 1 / 0.75f, 0.01f);
        }
        dropout.eval();
        Values(dropout.forward(x)).Should().Equal(input);
    }

    private static float[] Values(Tensor x) => x.detach().to(float32).contiguous().data<float>().ToArray();
}
