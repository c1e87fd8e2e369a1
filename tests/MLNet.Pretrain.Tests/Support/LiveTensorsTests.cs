using MLNet.Pretrain.Networks;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>The check that others rely on.</summary>
public class LiveTensorsTests
{
    public LiveTensorsTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void A_leak_is_found_and_a_tensor_that_dies_elsewhere_is_none()
    {
        var kept = new List<Tensor>();
        FluentActions.Invoking(() => LiveTensors.ShouldLeaveNone(() => kept.Add(zeros(1)))).Should().Throw<Xunit.Sdk.XunitException>();
        FluentActions.Invoking(() => LiveTensors.ShouldNotGrow(() => kept.Add(zeros(1)), () => kept.AddRange([zeros(1), zeros(1)]))).Should().Throw<Xunit.Sdk.XunitException>();
        int times = 0;
        LiveTensors.ShouldLeaveNone(() =>
        {
            if (times++ == 0) kept[0].Dispose();
        });
        kept.ForEach(t => t.Dispose());
    }
}
