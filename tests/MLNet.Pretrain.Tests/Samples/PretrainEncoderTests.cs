using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using PretrainEncoder;

namespace MLNet.Pretrain.Tests.Samples;

public sealed class PretrainEncoderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_users_texts_become_a_checkpoint_with_its_card_and_its_curves()
    {
        using (var writer = new StreamWriter(new GZipStream(File.Create(_folder.File("texts.gz")), CompressionLevel.Fastest)))
        {
            for (int document = 0; document < 40; document++)
            {
                string thing = document % 2 == 0 ? "paint" : "horn";
                for (int line = 0; line < 4; line++) writer.WriteLine($"the {thing} is here for the {line + document} time");
                writer.WriteLine();
            }
        }
        string output = _folder.File("encoder");
        string[] arguments = ["--texts", _folder.File("texts.gz"), "--output", output, "--work", _folder.File("work"), "--layers", "1", "--hidden", "16", "--vocabulary", "200",
            "--max-length", "24", "--epochs", "4", "--pair-epochs", "4", "--batch-size", "8", "--precision", "Float32"];
        (int code, string log) = await Run(arguments);
        code.Should().Be(0, log);
        (byte[] weights, string card) = (File.ReadAllBytes(Path.Combine(output, "model.safetensors")), File.ReadAllText(Path.Combine(output, "README.md")));
        // What is done is not done again.
        (code, log) = await Run(arguments);
        code.Should().Be(0, log);
        File.ReadAllBytes(Path.Combine(output, "model.safetensors")).Should().Equal(weights);
        File.ReadAllText(Path.Combine(output, "README.md")).Should().Be(card);
        File.ReadAllText(Path.Combine(output, "README.md")).Should().Contain("160 texts of 40 documents").And.Contain("| words |").And.Contain("| pairs |").And.Contain("--seed 1");
        File.ReadAllText(Path.Combine(output, "training.html")).Should().Contain("<svg").And.Contain("validation");
        File.ReadLines(Path.Combine(output, "training-pairs.jsonl")).Last().Should().Contain("PairAccuracy");
        var ml = new MLContext(1);
        using TextEncoderTransformer encoder = ml.Transforms.Text.EncodeText("Vector", "Text", output).Fit(TinyTexts.View(ml));
        encoder.HasMaskedLanguageModel.Should().BeTrue();
        encoder.HiddenSize.Should().Be(16);
    }

    [Fact]
    public async Task What_the_user_can_mend_is_said_in_a_sentence()
    {
        (int code, string log) = await Run("--texts", _folder.File("none.txt"), "--output", _folder.File("out"));
        code.Should().Be(1);
        log.Should().Contain("There is no file").And.NotContain("   at ");
    }

    [Fact]
    public void The_committed_encoder_foresees_words_of_the_documentation()
    {
        var ml = new MLContext(1);
        using TextEncoderTransformer encoder = ml.Transforms.Text.EncodeText("Vector", "Text", CompareTextClassifiers.Candidates.DocumentationEncoder).Fit(TinyTexts.View(ml));
        encoder.FillMask("Gets or [MASK] the name of the file.")[0][0].Word.Should().Be("sets");
        encoder.FillMask("Gets a value that indicates [MASK] the stream can be read.")[0][0].Word.Should().Be("whether");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Output)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PretrainCommand).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
