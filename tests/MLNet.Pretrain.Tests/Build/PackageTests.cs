using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Build;

/// <summary>
/// The packages as a stranger meets them: packed, in a local feed, referenced by a project outside this repository, whose program is the
/// example of a page in docs/.
/// </summary>
public sealed class PackageTests(PackageTests.Feed feed) : IClassFixture<PackageTests.Feed>, IDisposable
{
    private const string Version = "0.1.0-consumertest";
    private readonly TestFolder _folder = new();

    [Fact]
    public void There_are_three_packages() => Directory.GetFiles(feed.Path, "*.nupkg").Select(Path.GetFileName).Should().BeEquivalentTo(
        $"MLNet.Pretrain.Networks.{Version}.nupkg", $"MLNet.Pretrain.Transformers.{Version}.nupkg", $"MLNet.Pretrain.{Version}.nupkg");

    [Theory]
    [InlineData("encode-text.md", "good")]
    [InlineData("fine-tune-text.md", "good")]
    [InlineData("fine-tune-text.md", "COLD at 8", 2)]
    [InlineData("fine-tune-tokens.md", "LOC 'Rio de Janeiro' at 3")]
    [InlineData("multi-label.md", "sport and weather")]
    [InlineData("distillation.md", "good\ngood\ngood")]
    [InlineData("compression.md", "agreement: ")]
    [InlineData("compare.md", "The baseline 'BoW + LR'")]
    [InlineData("word-vectors.md", "vinegar")]
    [InlineData("word-vectors.md", "wednesday ", 2)]   // before its probability
    [InlineData("text-cnn.md", "good")]
    [InlineData("pretrain-elmo.md", "play")]
    [InlineData("bag-of-words.md", "accuracy 1.00")]
    [InlineData("vocabulary.md", "any text \u2713 comes back")]
    [InlineData("vocabulary.md", "the encoder says waiting", 2)]
    [InlineData("metrics.md", "B-PER E-PER O S-LOC")]
    [InlineData("metrics.md", "temperature 2.", 2)]
    [InlineData("pretrain-bert.md", "red")]
    [InlineData("pretrain-bert.md", "\u6c14", 2)]
    [InlineData("pretrain-gpt.md", "knock at the door")]
    [InlineData("embeddings.md", "from nine in the morning")]
    public void The_example_of_each_page_builds_and_runs_from_the_packages_alone(string page, string expected, int example = 1)
    {
        string text = File.ReadAllText(Path.Combine(Dotnet.RepositoryRoot, "docs", page));
        string program = text.Split("```csharp\n")[example].Split("```")[0];
        File.WriteAllText(_folder.File("Program.cs"), program);
        File.WriteAllText(_folder.File("Consumer.csproj"), Project());
        (int code, string output) = Dotnet.Run(_folder.Path, "run");
        code.Should().Be(0, output);
        output.Should().Contain(expected).And.NotContain("warning");
    }

    public void Dispose() => _folder.Dispose();

    private string Project()
    {
        string bundle = OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";
        string global = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // Our packages land in a folder of the test's own; all others come from where this machine has them already.
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <RestoreAdditionalProjectSources>{feed.Path}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{feed.Packages}</RestorePackagesPath>
                <RestoreFallbackFolders>{global}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="MLNet.Pretrain" Version="{Version}" />
                <PackageReference Include="{bundle}" Version="2.10.0" />
              </ItemGroup>
            </Project>
            """;
    }

    public sealed class Feed : IDisposable
    {
        private readonly TestFolder _folder = new();

        public Feed()
        {
            foreach (string project in (string[])["Networks", "Transformers", "Estimators"])
            {
                (int code, string log) = Dotnet.Run(System.IO.Path.Combine(Dotnet.RepositoryRoot, "src", project), "pack", "--no-build", "-c", Dotnet.Configuration, $"-p:Version={Version}", "-o", Path);
                code.Should().Be(0, log);
            }
        }

        public string Path => _folder.File("feed");

        public string Packages => _folder.File("packages");

        public void Dispose() => _folder.Dispose();
    }
}
