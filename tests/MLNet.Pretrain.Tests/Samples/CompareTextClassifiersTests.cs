using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using CompareTextClassifiers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Samples;

public sealed class CompareTextClassifiersTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void On_a_users_own_gzipped_CSV_it_runs_to_its_end()
    {
        Write("train.csv.gz", 60);
        Write("test.csv.gz", 20);
        (int code, string output) = Run("--train", _folder.File("train.csv.gz"), "--test", _folder.File("test.csv.gz"), "--text", "words", "--label", "class",
            "--label-budgets", "1000", "--epochs", "20", "--max-length", "24", "--output", _folder.File("out"));
        code.Should().Be(0, output);
        output.Should().Contain("BoW + LR").And.Contain("Frozen encoder + LR").And.Contain("Fine-tuned BERT").And.Contain("second process");
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.File("out"), "report.json")));
        report.RootElement.GetProperty("candidates")[2].GetProperty("learningCurve")[0].GetProperty("accuracy").GetDouble().Should().BeGreaterThan(0.9);
        File.Exists(Path.Combine(_folder.File("out"), "report.html")).Should().BeTrue();
        SavedModel.Score(Path.Combine(_folder.File("out"), "model.zip"), ["a fine warm film", "a dull cold film"]).Should().Equal("good", "bad");
    }

    [Theory]
    [InlineData(new[] { "--train", "none.tsv", "--test", "none.tsv" }, "There is no file")]
    [InlineData(new[] { "--train", "none.tsv" }, "--train is given without --test")]
    [InlineData(new[] { "score", "none.zip", "none.txt" }, "Could not find file")]
    public void What_the_user_can_mend_is_said_in_a_sentence(string[] arguments, string message)
    {
        (int code, string output) = Run(arguments);
        code.Should().Be(1);
        output.Should().Contain(message).And.NotContain("   at ");
    }

    [Fact]
    public void Tables_are_read_by_name_or_number_and_bad_ones_are_named()
    {
        File.WriteAllText(_folder.File("a.tsv"), "label\ttext\ngood\ta \"fine\" film\nbad\tdull\n");
        using (LabelledTable named = LabelledTable.Open(_ml, _folder.File("a.tsv"), "text", "label")) named.Rows.GetColumn<string>("Text").Should().Equal("a \"fine\" film", "dull");
        File.WriteAllText(_folder.File("b.tsv"), "good\t1\tfine\nbad\t2\tdull\n");
        using (LabelledTable numbered = LabelledTable.Open(_ml, _folder.File("b.tsv"), "2", "0")) numbered.Rows.GetColumn<string>("Category").Should().Equal("good", "bad");
        FluentActions.Invoking(() => LabelledTable.Open(_ml, _folder.File("a.tsv"), "body", "label")).Should().Throw<InvalidDataException>().WithMessage("*no column 'body'*'label', 'text'*");
        FluentActions.Invoking(() => LabelledTable.Open(_ml, _folder.File("b.tsv"), "7", "0")).Should().Throw<InvalidDataException>().WithMessage("*has 3 columns*");
        File.WriteAllText(_folder.File("c.tsv.gz"), "not gzip");
        FluentActions.Invoking(() => LabelledTable.Open(_ml, _folder.File("c.tsv.gz"), "1", "0")).Should().Throw<InvalidDataException>().WithMessage("*no gzip file*");
        File.WriteAllText(_folder.File("d.tsv"), "");
        FluentActions.Invoking(() => LabelledTable.Open(_ml, _folder.File("d.tsv"), "1", "0")).Should().Throw<InvalidDataException>().WithMessage("*is empty*");
    }

    [Fact]
    public void Documentation_becomes_sentences_of_an_area_with_identifiers_split()
    {
        SdkDocumentation.Place("M:System.IO.File.Open(System.String)").Should().Be(("System.IO.File", "IO"));
        SdkDocumentation.Place("T:System.Text.Json.JsonDocument").Should().Be(("System.Text.Json.JsonDocument", "Text"));
        SdkDocumentation.Place("T:System.String").Should().BeNull();
        SdkDocumentation.SplitWords("ReadOnlySpan XMLReader utf8").Should().Be("Read Only Span XML Reader utf8");
        SdkDocumentation.PlainText(XElement.Parse("<summary>Opens a <see cref=\"T:System.IO.FileStream\" />\n on <paramref name=\"path\"/> or <see langword=\"null\"/>.</summary>"))
            .Should().Be("Opens a File Stream on path or null .");
    }

    [Fact]
    public void No_declaring_type_of_the_documentation_stands_on_both_sides()
    {
        XElement Member(string id, string text) => new("member", new XAttribute("name", id), new XElement("summary", text));
        new XElement("doc", Enumerable.Range(0, 200).SelectMany(i => new[] { Member($"M:System.IO.Type{i}.A", $"First of type number {i}"), Member($"M:System.IO.Type{i}.B", $"Second of type number {i}") }))
            .Save(_folder.File("docs.xml"));
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load([_folder.File("docs.xml")]);
        string[] Types(IEnumerable<LabelledText> rows) => [.. rows.Select(r => r.Text.Split(' ')[^1]).Distinct()];
        Types(train).Should().NotIntersectWith(Types(test));
        (train.Count + test.Count).Should().Be(400);
        string[] unlabelled = [.. SdkDocumentation.UnlabelledTexts([_folder.File("docs.xml")]).Select(text => text.Split(' ')[^1]).Distinct()];
        unlabelled.Should().NotIntersectWith(Types(test)).And.BeEquivalentTo(Types(train));
        test.Count.Should().BeInRange(40, 140);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string name, int rows)
    {
        using var writer = new StreamWriter(new GZipStream(File.Create(_folder.File(name)), CompressionLevel.Fastest));
        writer.WriteLine("id,class,words");
        foreach ((int i, TinyTexts.Row row) in TinyTexts.Rows(rows).Index()) writer.WriteLine($"{i},{row.Category},\"{row.Text},\nindeed\"");
    }

    private static (int Code, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CompareCommand).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
