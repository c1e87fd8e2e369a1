using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Training;

public class GradientSumsTests
{
    [Fact]
    public void Many_small_parts_of_16_bits_add_up()
    {
        using DisposeScope scope = NewDisposeScope();
        var half = nn.Parameter(zeros(2, bfloat16));
        var exact = nn.Parameter(zeros(2));
        using var sums = new GradientSums([half, exact]);
        for (int part = 0; part < 1001; part++)
        {
            // In bfloat16, 1 + 0.001 is 1.
            half.grad = full([2], part == 0 ? 1 : 0.001, bfloat16);
            sums.Take();
            half.grad.Should().BeNull();
        }
        sums.Return(2);
        half.grad!.to(float32).data<float>().ToArray().Should().OnlyContain(x => Math.Abs(x - 4) < 0.03);
        half.grad!.dtype.Should().Be(ScalarType.BFloat16);
        exact.grad.Should().BeNull("nothing was added to it");
    }
}
