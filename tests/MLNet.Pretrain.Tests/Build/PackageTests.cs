using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Build;

/// <summary>The packages as a stranger meets them: packed, in a local feed, referenced by a project outside this repository.</summary>
public sealed class PackageTests : IDisposable
{
    private const string Version = "0.1.0-consumertest";
    private readonly TestFolder _folder = new();

    [Fact]
    public void A_project_that_references_the_packages_builds_runs_and_loads_what_it_saved()
    {
        foreach (string project in (string[])["Networks", "Transformers", "Estimators"])
        {
            (int packed, string log) = Dotnet.Run(Path.Combine(Dotnet.RepositoryRoot, "src", project), "pack", "--no-build", "-c", Dotnet.Configuration, $"-p:Version={Version}", "-o", _folder.File("feed"));
            packed.Should().Be(0, log);
        }
        Directory.GetFiles(_folder.File("feed"), "*.nupkg").Select(Path.GetFileName).Should().BeEquivalentTo(
            $"MLNet.Pretrain.Networks.{Version}.nupkg", $"MLNet.Pretrain.Transformers.{Version}.nupkg", $"MLNet.Pretrain.{Version}.nupkg");

        // Beside the package folders, not above them: a project compiles every C# file below it.
        string app = Directory.CreateDirectory(_folder.File("app")).FullName;
        WriteConsumer(app);
        (int code, string output) = Dotnet.Run(app, "run");
        code.Should().Be(0, output);
        output.Should().Contain("Loaded and equal: True").And.NotContain("warning");
    }

    public void Dispose() => _folder.Dispose();

    private void WriteConsumer(string app)
    {
        string bundle = OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";
        string global = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // Our packages land in a folder of the test's own; all others come from where this machine has them already.
        File.WriteAllText(Path.Combine(app, "Consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{_folder.File("feed")}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{_folder.File("packages")}</RestorePackagesPath>
                <RestoreFallbackFolders>{global}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="MLNet.Pretrain" Version="{Version}" />
                <PackageReference Include="{bundle}" Version="2.10.0" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(app, "Program.cs"), """
            using Microsoft.ML;
            using Microsoft.ML.Data;
            using MLNet.Pretrain.Text;

            var ml = new MLContext(seed: 1);
            IDataView data = ml.Data.LoadFromEnumerable(new[] { "a fine film", "a dull film", "the cat sat", "on the mat" }.Select(t => new Row { Text = t }));
            var encoder = new ScratchEncoder { LayerCount = 1, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, VocabularySize = 200 };
            ITransformer model = ml.Transforms.Text.EncodeText("Features", "Text", encoder).Fit(data);
            ml.Model.Save(model, data.Schema, "model.zip");
            ITransformer loaded = new MLContext().Model.Load("model.zip", out _);
            float[][] before = model.Transform(data).GetColumn<float[]>("Features").ToArray(), after = loaded.Transform(data).GetColumn<float[]>("Features").ToArray();
            Console.WriteLine($"Loaded and equal: {before.Zip(after).All(p => p.First.SequenceEqual(p.Second))}");

            class Row { public string Text { get; set; } = ""; }
            """);
    }
}
