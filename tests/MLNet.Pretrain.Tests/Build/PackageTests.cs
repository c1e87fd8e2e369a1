using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Build;

/// <summary>
/// The packages as a stranger meets them: packed, in a local feed, referenced by a project outside this repository, whose program is the
/// example of a page in docs/.
/// </summary>
public sealed class PackageTests(PackageTests.Feed feed) : IClassFixture<PackageTests.Feed>
{
    private const string Version = "0.1.0-consumertest";

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
    [InlineData("text-lstm.md", "dogs\ndogs\nmen\nmen")]
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
        (int code, string output) = feed.Run(program);
        code.Should().Be(0, output);
        output.Should().Contain(expected).And.NotContain("warning");
    }

    /// <summary>A feed of our packages, and a stranger's project that was restored from it and built once: each example takes the place of its program.</summary>
    public sealed class Feed : IDisposable
    {
        private readonly TestFolder _folder = new();
        private readonly string _assembly;
        private readonly SyntaxTree _usings;
        private readonly MetadataReference[] _references;

        public Feed()
        {
            foreach (string project in (string[])["Networks", "Transformers", "Estimators"])
                Succeed(System.IO.Path.Combine(Dotnet.RepositoryRoot, "src", project), "pack", "--no-build", "-c", Dotnet.Configuration, $"-p:Version={Version}", "-o", Path);
            Directory.CreateDirectory(Consumer);
            File.WriteAllText(System.IO.Path.Combine(Consumer, "Consumer.csproj"), Project());
            File.WriteAllText(System.IO.Path.Combine(Consumer, "Program.cs"), "Console.WriteLine();");
            string log = Succeed(Consumer, "build", "-getProperty:TargetPath", "-getProperty:GeneratedGlobalUsingsFile", "-getItem:ReferencePathWithRefAssemblies", "-t:Build", "-warnaserror");
            JsonElement built = JsonDocument.Parse(log).RootElement, properties = built.GetProperty("Properties");
            _assembly = properties.GetProperty("TargetPath").GetString()!;
            _usings = Parse(File.ReadAllText(System.IO.Path.Combine(Consumer, properties.GetProperty("GeneratedGlobalUsingsFile").GetString()!)));
            _references = [.. built.GetProperty("Items").GetProperty("ReferencePathWithRefAssemblies").EnumerateArray().Select(item => MetadataReference.CreateFromFile(item.GetProperty("FullPath").GetString()!))];
        }

        public string Path => _folder.File("feed");

        private string Consumer => _folder.File("consumer");

        private string Packages => _folder.File("packages");

        /// <summary>Compiles a program as the project's own, with its warnings as errors, and runs it.</summary>
        public (int ExitCode, string Output) Run(string program)
        {
            var options = new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error,
                // References of other framework versions: the SDK says nothing of them either.
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);
            EmitResult result = CSharpCompilation.Create("Consumer", [_usings, Parse(program)], _references, options).Emit(_assembly);
            result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Should().BeEmpty();
            // A folder of its own: no example finds what another one wrote.
            return Dotnet.Run(Directory.CreateDirectory(_folder.File(Guid.NewGuid().ToString("N"))).FullName, _assembly);
        }

        public void Dispose() => _folder.Dispose();

        private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, CSharpParseOptions.Default);

        private static string Succeed(string folder, params string[] arguments)
        {
            (int code, string log) = Dotnet.Run(folder, arguments);
            code.Should().Be(0, log);
            return log;
        }

        private string Project()
        {
            string bundle = OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";
            string global = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            // Our packages land in a folder of the test's own; all others come from where this machine has them already.
            return $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                    <RestoreAdditionalProjectSources>{Path}</RestoreAdditionalProjectSources>
                    <RestorePackagesPath>{Packages}</RestorePackagesPath>
                    <RestoreFallbackFolders>{global}</RestoreFallbackFolders>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="MLNet.Pretrain" Version="{Version}" />
                    <PackageReference Include="{bundle}" Version="2.10.0" />
                  </ItemGroup>
                </Project>
                """;
        }
    }
}
