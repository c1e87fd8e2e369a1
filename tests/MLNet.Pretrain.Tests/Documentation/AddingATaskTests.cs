using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.Pretrain.Tests.Build;
using MLNet.Pretrain.Tests.Conformance;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Documentation;

/// <summary>What docs/adding-a-task.md shows is compiled here, keeps the contract, learns, and is what the page says.</summary>
public class AddingATaskTests
{
    private static readonly string[] s_words = ["dull", "slow", "fair", "good", "superb"];

    public static TheoryData<string> Contract => [.. Checks.All.Keys];

    [Fact]
    public void The_page_shows_the_whole_source()
    {
        string folder = Path.Combine(Dotnet.RepositoryRoot, "tests", "MLNet.Pretrain.Tests", "Documentation", "AddingATask");
        string page = File.ReadAllText(Path.Combine(Dotnet.RepositoryRoot, "docs", "adding-a-task.md"));
        string[] files = Directory.GetFiles(folder);
        files.Should().HaveCount(5);
        foreach (string file in files) page.Should().Contain($"/{Path.GetFileName(file)}`\n\n```csharp\n{File.ReadAllText(file)}```\n");
    }

    [Theory]
    [MemberData(nameof(Contract))]
    public void The_example_keeps_the_contract(string check) => Checks.All[check](ConformanceCases.Ordinal);

    [Fact]
    public void The_example_learns_an_order_and_works_in_cross_validation_with_adapters_and_early_stopping()
    {
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        Row[] rows = [.. Enumerable.Range(0, 200).Select(_ => random.Next(5)).Select(stars => new Row { Text = $"a {s_words[stars]} film", Stars = stars + 1 })];
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        IReadOnlyDictionary<string, double>? metrics = null;
        var options = new FineTuneOrdinalOptions { Epochs = 40, BatchSize = 16, LearningRate = 1e-2, MaxLength = 16, Dropout = 0, Seed = 1, Lora = new() { Rank = 4 }, ValidationFraction = 0.2, EarlyStoppingPatience = 15 };
        options.Progress = new Reporter(p => metrics = p.Metrics ?? metrics);
        var chain = ml.Transforms.Conversion.MapValueToKey("Label", "Stars", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Append(ml.MulticlassClassification.Trainers.FineTuneOrdinal(TinyTexts.Encoder, options));
        ml.MulticlassClassification.CrossValidate(data, chain, numberOfFolds: 2).Select(fold => fold.Metrics.MicroAccuracy).Should().OnlyContain(accuracy => accuracy > 0.8);
        metrics!.Keys.Should().Equal("Loss", "MeanAbsoluteError");
        ITransformer model = chain.Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var owned = (IDisposable)model;
        IDataView scored = model.Transform(data);
        scored.GetColumn<int>("PredictedLabel").Zip(rows, (found, row) => (double)Math.Abs(found - row.Stars)).Average().Should().BeLessThan(0.1);
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public int Stars { get; set; }
    }
}
