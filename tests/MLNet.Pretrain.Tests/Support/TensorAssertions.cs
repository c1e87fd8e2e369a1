using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Support;

internal static class TensorAssertions
{
    /// <summary>Checks shapes, and that no value differs by more than the absolute part plus the relative part of what is expected.</summary>
    public static void ShouldBeNear(this Tensor actual, Tensor expected, double relative = 1e-5, double absolute = 1e-7, string because = "")
    {
        actual.shape.Should().Equal(expected.shape, because);
        Tensor difference = (actual.to(float64) - expected.to(float64)).abs(), allowed = expected.to(float64).abs() * relative + absolute;
        // Not a number is near nothing.
        difference.le(allowed).all().item<bool>().Should().BeTrue($"{because} {Text(actual)} should be near {Text(expected)}");
    }

    private static string Text(Tensor values) => $"[{string.Join(", ", values.detach().to(float64).flatten().data<double>().ToArray().Take(8))}]";
}
