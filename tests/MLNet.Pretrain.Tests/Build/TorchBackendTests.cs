using System.Text.Json;

namespace MLNet.Pretrain.Tests.Build;

public class TorchBackendTests
{
    private static readonly string s_sample = Path.Combine(Dotnet.RepositoryRoot, "samples", "CompareTextClassifiers");

    [Fact]
    public void Cpu_is_the_default_and_brings_the_bundle_of_this_system_alone() =>
        NativeBundles().Should().Equal(OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64");

    [Fact]
    public void Cuda_brings_the_bundle_of_this_system()
    {
        if (OperatingSystem.IsMacOS()) return;   // there is none
        NativeBundles("-p:TorchBackend=cuda").Should().Equal(OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux");
    }

    [Fact]
    public void Another_value_is_refused_by_name()
    {
        (int code, string output) = Dotnet.Run(s_sample, "msbuild", "-t:CheckTorchBackend", "-p:TorchBackend=tpu");
        code.Should().NotBe(0);
        output.Should().Contain("MLNP0001").And.Contain("TorchBackend is 'tpu'; expected 'cpu' or 'cuda'");
    }

    [Fact]
    public void The_library_itself_brings_no_native_bundle() =>
        Bundles(Path.Combine(Dotnet.RepositoryRoot, "src", "Estimators")).Should().BeEmpty();

    private static string[] NativeBundles(params string[] properties) => Bundles(s_sample, properties);

    private static string[] Bundles(string project, params string[] properties)
    {
        (int code, string output) = Dotnet.Run(project, ["msbuild", "-getItem:PackageReference", .. properties]);
        code.Should().Be(0, output);
        using JsonDocument json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray().Select(p => p.GetProperty("Identity").GetString()!)
            .Where(id => id.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase) || id.StartsWith("TorchSharp-", StringComparison.Ordinal))];
    }
}
