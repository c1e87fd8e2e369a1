using Microsoft.ML;

using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class PretrainElmoTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(0, TrainingPrecision.Float32)]
    [InlineData(6, TrainingPrecision.Float32)]
    [InlineData(0, TrainingPrecision.BFloat16)]
    public void It_learns_the_probabilities_of_a_source_whose_entropy_is_known(int sampled, TrainingPrecision precision)
    {
        using ElmoTransformer model = Fit(Chain(1, 300), o => (o.SampledWords, o.Precision, o.Epochs) = (sampled, precision, 12));
        double entropy = -(0.8 * Math.Log(0.8) + 0.2 * Math.Log(0.2));
        ElmoPerplexity result = model.Perplexity(Chain(2, 50));
        result.Words.Should().Be(50 * 41);
        result.UnknownWords.Should().Be(0);
        // 39 of 41 are as uncertain as that in either direction (the chain goes back as it goes on), one word is one of ten; the end is certain for who counts.
        double least = (39 * entropy + Math.Log(10)) / 41;
        foreach (double perplexity in (double[])[result.Forward, result.Backward]) Math.Log(perplexity).Should().BeInRange(least - 0.03, least + 0.2);
    }

    private ElmoTransformer Fit(string[] texts, Action<PretrainElmoOptions> change)
    {
        PretrainElmoOptions options = Small();
        change(options);
        return _ml.Transforms.Text.PretrainElmo("Features", "Text", options).Fit(View(texts));
    }

    private static PretrainElmoOptions Small() => new()
    {
        CellSize = 24, ProjectionSize = 12, CharacterEmbeddingSize = 4, Filters = [new(1, 8), new(2, 8)], Dropout = 0, MinCount = 1, Epochs = 10, BatchSize = 16, LearningRate = 1e-2, Seed = 3,
    };

    private static string[] Chain(int seed, int texts)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, texts).Select(_ =>
        {
            int word = random.Next(10);
            var words = new List<string>();
            for (int i = 0; i < 40; i++)
            {
                words.Add($"w{word}");
                word = (word + (random.NextDouble() < 0.8 ? 1 : 2)) % 10;
            }
            return string.Join(' ', words);
        })];
    }

    private IDataView View(string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));
}
