using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class LinearCrossEntropyTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 7, true)]
    [InlineData(50, 300, false)]
    [InlineData(100, 100_000, true)]   // three parts, the last one shorter
    public void Loss_and_gradients_are_those_of_the_whole_logits(int rows, int vocabulary, bool hasBias)
    {
        (Tensor Loss, Tensor[] Gradients) Run(Func<Tensor, Tensor, Tensor?, Tensor, Tensor> lossOf)
        {
            Tensor features = Random([rows, 6], 1), weight = Random([vocabulary, 6], 2), targets = Seeded.Whole(4, 0, vocabulary, [rows]);
            Tensor? bias = hasBias ? Random([vocabulary], 3) : null;
            Tensor loss = lossOf(features, weight, bias, targets);
            (loss * 3).backward();   // as where losses are weighted
            return (loss, [features.grad!, weight.grad!, .. bias is null ? (Tensor[])[] : [bias.grad!]]);
        }

        var whole = Run((f, w, b, t) => nn.functional.cross_entropy(nn.functional.linear(f, w, b), t));
        var parts = Run(LinearCrossEntropy.Mean);
        parts.Loss.item<float>().Should().BeApproximately(whole.Loss.item<float>(), 1e-5f);
        for (int i = 0; i < whole.Gradients.Length; i++)
        {
            float[] found = parts.Gradients[i].data<float>().ToArray(), expected = whole.Gradients[i].data<float>().ToArray();
            for (int at = 0; at < expected.Length; at++) found[at].Should().BeApproximately(expected[at], 1e-6f + 1e-4f * Math.Abs(expected[at]), $"gradient {i} at {at}");
        }
    }

    [Fact]
    public void Sixteen_bits_stay_near_thirty_two_and_gradients_have_the_parameters_type()
    {
        Tensor features = Random([64, 16], 1), weight = Random([500, 16], 2), targets = Seeded.Whole(4, 0, 500, [64]);
        double expected = LinearCrossEntropy.Mean(features, weight, null, targets).item<float>();
        Tensor halfFeatures = features.detach().to(bfloat16).requires_grad_(true), halfWeight = weight.detach().to(bfloat16).requires_grad_(true);
        Tensor loss = LinearCrossEntropy.Mean(halfFeatures, halfWeight, null, targets);
        loss.dtype.Should().Be(ScalarType.Float32);
        loss.item<float>().Should().BeApproximately((float)expected, 0.02f);
        loss.backward();
        halfFeatures.grad!.dtype.Should().Be(ScalarType.BFloat16);
        halfWeight.grad!.dtype.Should().Be(ScalarType.BFloat16);
    }

    [Fact]
    public void Without_gradients_it_is_a_number_and_nothing_stays_alive()
    {
        Tensor features = Random([20, 4], 1), weight = Random([50, 4], 2), targets = Seeded.Whole(4, 0, 50, [20]);
        using (no_grad()) LinearCrossEntropy.Mean(features, weight, null, targets).requires_grad.Should().BeFalse();
        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                LinearCrossEntropy.Mean(features, weight, null, targets).backward();
                foreach (Tensor learned in (Tensor[])[features, weight])
                    using (learned.grad) learned.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(20));
    }

    private static Tensor Random(long[] shape, ulong seed) => Seeded.Normal(seed, shape).requires_grad_(true);
}
