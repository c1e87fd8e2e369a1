using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

/// <summary>What trained networks say of texts whose class one word decides.</summary>
public sealed class ExplainTrainedTests
{
    // An encoder from scratch learns here what pretraining teaches: that [MASK] says nothing.
    private static readonly string[] s_filler = ["the", "film", "was", "seen", "in", "town", "with", "all", "of", "them", "[MASK]", "[MASK]"], s_deciding = ["good", "bad"];
    private static readonly Row[] s_rows = [.. Make(160, 1)], s_others = [.. Make(20, 2)];
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Of_a_fine_tuned_encoder_the_deciding_word_counts_most()
    {
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(
            TinyTexts.Encoder, new FineTuneTextOptions { LabelColumnName = "Flag", Epochs = 12, BatchSize = 8, LearningRate = 5e-3, Seed = 1 }).Fit(_ml.Data.LoadFromEnumerable(s_rows));
        DecidingWordCountsMost(model);
    }

    [Fact]
    public void Of_a_convolutional_network_the_deciding_word_counts_most()
    {
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.TextCnn(
            new TextCnnOptions { LabelColumnName = "Flag", Epochs = 20, BatchSize = 8, EmbeddingSize = 12, FeatureMaps = 12, FilterWidths = [1, 2], LearningRate = 5e-3, Seed = 1 }).Fit(_ml.Data.LoadFromEnumerable(s_rows));
        DecidingWordCountsMost(model);
    }

    [Fact]
    public void Of_a_regression_the_deciding_word_counts_most_in_the_numbers_own_unit()
    {
        // Without texts that say nothing, saying nothing would be one or the other.
        Row[] neutral = [.. s_rows.Take(80).Select(row => new Row { Text = row.Text.Replace(row.Flag ? "good" : "bad", "film"), Stars = 50 })];
        using TextRegressionTransformer model = _ml.Regression.Trainers.FineTuneText(
            TinyTexts.Encoder, new FineTuneTextRegressionOptions { LabelColumnName = "Stars", Epochs = 12, BatchSize = 8, LearningRate = 5e-3, Seed = 1 }).Fit(_ml.Data.LoadFromEnumerable(s_rows.Concat(neutral)));
        float[] scores = [.. model.Transform(_ml.Data.LoadFromEnumerable(s_others)).GetColumn<float>("Score")];
        (float least, float most) = (float.MaxValue, float.MinValue);
        foreach ((int i, Row row) in s_others.Index())
        {
            TextAttribution found = model.Explain(row.Text);
            found.Output.Should().BeApproximately(scores[i], 1e-3);
            (found.Class, found.Probability).Should().Be((null, null));
            Math.Abs(found.Sum - (found.Output - found.BaselineOutput)).Should().BeLessThan(0.5, "stars are 10 and 90");
            if (row.Flag) least = Math.Min(least, Most(found).Value);
            else most = Math.Max(most, Most(found).Value);
        }
        least.Should().BeGreaterThan(most + 40, "the baseline may be anywhere, but 80 stars lie between the two words");
        FluentActions.Invoking(() => model.Explain("good", options: new() { Class = "True" })).Should().Throw<ArgumentException>().WithMessage("*predicts a number; leave it null*");
    }

    [Fact]
    public void A_loaded_network_explains_as_the_saved_one()
    {
        using var folder = new TestFolder();
        IDataView data = _ml.Data.LoadFromEnumerable(s_rows);
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(
            TinyTexts.Encoder, new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 3, BatchSize = 8, Seed = 1 }).Fit(data);
        _ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        using var loaded = (TextClassificationTransformer)new MLContext().Model.Load(folder.File("model.zip"), out _);
        loaded.Explain(s_rows[0].Text).Tokens.Should().Equal(model.Explain(s_rows[0].Text).Tokens);
    }

    private void DecidingWordCountsMost(TextClassificationTransformer model)
    {
        IDataView scored = model.Transform(_ml.Data.LoadFromEnumerable(s_others));
        scored.GetColumn<bool>("PredictedLabel").Should().Equal(s_others.Select(r => r.Flag), "it has learnt the rule");
        float[] scores = [.. scored.GetColumn<float>("Score")];
        foreach ((int i, Row row) in s_others.Index())
        {
            TextAttribution found = model.Explain(row.Text);
            found.Class.Should().Be(row.Flag ? "True" : "False");
            found.Output.Should().BeApproximately(row.Flag ? scores[i] : -scores[i], 1e-3);
            Most(found).Value.Should().BePositive();
            model.Explain(row.Text, options: new() { Class = row.Flag ? "False" : "True" }).Tokens.Select(t => t.Value).Should().Equal(found.Tokens.Select(t => -t.Value), (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    private static TokenAttribution Most(TextAttribution found)
    {
        TokenAttribution most = found.Tokens.MaxBy(t => Math.Abs(t.Value));
        s_deciding.Should().Contain(most.Text);
        return most;
    }

    // One deciding word among fillers, anywhere.
    private static IEnumerable<Row> Make(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            List<string> words = [.. random.GetItems(s_filler, 3 + random.Next(6))];
            words.Insert(random.Next(words.Count + 1), s_deciding[i % 2]);
            yield return new() { Text = string.Join(" ", words), Flag = i % 2 == 0, Stars = i % 2 == 0 ? 90 : 10 };
        }
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        public float Stars { get; set; }
    }
}
