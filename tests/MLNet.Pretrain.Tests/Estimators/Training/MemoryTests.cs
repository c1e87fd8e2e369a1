using Microsoft.ML;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>Resident memory, native part included: glibc keeps what fragments, unless it is told to give it back.</summary>
public class MemoryTests
{
    private const double Megabyte = 1 << 20;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Resident_memory_is_flat_over_a_thousand_steps()
    {
        var resident = new List<double>();
        FineTuneTextOptions options = Options();
        (options.MinSteps, options.MaxSteps) = (1000, 1000);
        options.Progress = new Reporter(p => { if (p.Step % 100 == 0) resident.Add(Resident()); });
        _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(TinyTexts.View(_ml, 400)).Dispose();
        resident.Should().HaveCount(10);
        (resident[^1] - resident[2]).Should().BeLessThan(25, $"MB by hundred steps: {string.Join(", ", resident.Select(r => r.ToString("0")))}");
    }

    [Theory]
    [InlineData("bert", 5000)]
    [InlineData("embeddings", 1000)]
    [InlineData("gpt", 2000)]
    [InlineData("elmo", 1000)]
    [InlineData("tokens", 1000)]
    public void Resident_memory_is_flat_over_thousands_of_steps_of_other_methods(string what, int steps)
    {
        var resident = new List<double>();
        TrainingOptions options = what switch
        {
            "bert" => new PretrainBertOptions { Encoder = TinyTexts.Encoder, MaxLength = 24 },
            "embeddings" => new FineTuneEmbeddingsOptions { MaxLength = 24 },
            "gpt" => new PretrainGptOptions { Model = new ScratchGpt { LayerCount = 1, HiddenSize = 16, HeadCount = 2, MaxPositions = 24 } },
            "tokens" => new FineTuneTokensOptions { TextColumnName = "Words", LabelColumnName = "Tags", Scheme = TagScheme.Bio, UseCrf = true, MaxLength = 24 },
            _ => new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4)], MinCount = 1 },
        };
        (options.BatchSize, options.MinSteps, options.MaxSteps, options.Seed) = (4, steps, steps, 1);
        options.Progress = new Reporter(p => { if (p.Step % (steps / 10) == 0) resident.Add(Resident()); });
        IEstimator<ITransformer> estimator = options switch
        {
            PretrainBertOptions bert => _ml.Transforms.Text.PretrainBert("Vector", "Text", bert),
            FineTuneEmbeddingsOptions embeddings => _ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Category", TinyTexts.Encoder, embeddings),
            FineTuneTokensOptions tokens => _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, tokens),
            PretrainGptOptions gpt => _ml.Transforms.Text.PretrainGpt("Vector", "Text", gpt),
            var elmo => _ml.Transforms.Text.PretrainElmo("Vector", "Text", (PretrainElmoOptions)elmo),
        };
        ((IDisposable)estimator.Fit(what == "tokens" ? TinyEntities.View(_ml, 400) : TinyTexts.View(_ml, 400))).Dispose();
        resident.Should().HaveCount(10);
        (resident[^1] - resident[2]).Should().BeLessThan(25, $"MB by tenths: {string.Join(", ", resident.Select(r => r.ToString("0")))}");
    }

    [Fact]
    public void Resident_memory_is_flat_over_fifty_rounds_of_fit_score_and_dispose()
    {
        IDataView data = TinyTexts.View(_ml, 100);
        var resident = new List<double>();
        for (int round = 0; round < 50; round++)
        {
            FineTuneTextOptions options = Options();
            options.MaxSteps = 5;
            using (TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(data))
                _ml.BinaryClassification.Evaluate(model.Transform(data), "Flag");
            if (round % 10 == 9) resident.Add(Resident());
        }
        (resident[^1] - resident[0]).Should().BeLessThan(25, $"MB by ten rounds: {string.Join(", ", resident.Select(r => r.ToString("0")))}");
    }

    private static double Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet / Megabyte;
    }

    private static FineTuneTextOptions Options() => new() { LabelColumnName = "Flag", BatchSize = 16, LearningRate = 1e-3, MaxLength = 24, Seed = 1 };
}
