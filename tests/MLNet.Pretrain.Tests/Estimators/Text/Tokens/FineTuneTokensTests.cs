using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text.Tokens;

public class FineTuneTokensTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("Words", false, TagScheme.Bio)]
    [InlineData("Words", true, TagScheme.Bioes)]
    [InlineData("Text", true, TagScheme.Bio)]
    [InlineData("Text", false, TagScheme.Bioes)]
    public void Entities_of_a_tiny_corpus_are_learnt_and_found_in_new_sentences(string column, bool crf, TagScheme trainAs)
    {
        FineTuneTokensOptions options = Options(column);
        (options.UseCrf, options.TrainAs) = (crf, trainAs);
        using TokenClassificationTransformer model = Fit(options);
        model.Tags.Should().BeEquivalentTo(TagVocabulary.OfTypes(["PER", "LOC"], trainAs).Tags);
        F1(model, TinyEntities.Rows(60, 99)).Should().BeGreaterThan(0.95);
        EntitySpan[] found = [.. model.FindEntities("  Emma Hill lives in   Rio de Janeiro.")];
        found.Select(e => (e.Type, e.Text, e.Start, e.Length)).Should().Equal(("PER", "Emma Hill", 2, 9), ("LOC", "Rio de Janeiro", 23, 14));
        found.Should().OnlyContain(e => e.Confidence > 0.5f && e.Confidence <= 1);
    }

    [Fact]
    public void Long_rows_are_divided_and_nothing_is_lost_in_training_or_scoring()
    {
        FineTuneTokensOptions options = Options("Text");
        (options.MaxLength, options.Epochs) = (24, 30);
        IDataView data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 24).Select(i => TinyEntities.Long(10, i)));
        using TokenClassificationTransformer model = _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options).Fit(data);
        TinyEntities.Row[] test = [.. Enumerable.Range(100, 5).Select(i => TinyEntities.Long(20, i))];
        F1(model, test).Should().BeGreaterThan(0.9, "borders of windows take context from some words");
        model.Transform(_ml.Data.LoadFromEnumerable(test)).GetColumn<string[]>("PredictedTags").Select(t => t.Length).Should().Equal(test.Select(t => t.Words.Length));
    }

    [Fact]
    public void Plain_tags_of_a_key_label_are_learnt_without_entities()
    {
        IEnumerable<TinyEntities.Row> Rows(int count, int seed) => TinyEntities.Rows(count, seed).Select(row => new TinyEntities.Row { Text = row.Text, Words = row.Words, Tags = [.. row.Words.Select(Part)] });
        static string Part(string word) => word == "." ? "PUNCT" : char.IsUpper(word[0]) ? "PROPN" : "X";
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("Tags").Fit(_ml.Data.LoadFromEnumerable(Rows(50, 1)));
        FineTuneTokensOptions options = Options("Words");
        options.Scheme = null;
        using TokenClassificationTransformer model = _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options).Fit(keys.Transform(_ml.Data.LoadFromEnumerable(Rows(120, 1))));
        VBuffer<ReadOnlyMemory<char>> values = default;
        keys.GetOutputSchema(_ml.Data.LoadFromEnumerable(Rows(1, 1)).Schema)["Tags"].GetKeyValues(ref values);
        model.Tags.Should().Equal(values.DenseValues().Select(v => v.ToString()), "keys keep their order");
        IDataView scored = model.Transform(_ml.Data.LoadFromEnumerable(Rows(30, 9)));
        scored.GetColumn<string[]>("PredictedTags").SelectMany(t => t).Zip(Rows(30, 9).SelectMany(r => r.Tags)).Count(p => p.First != p.Second).Should().BeLessThan(5);
        scored.Schema.GetColumnOrNull("EntityText").Should().BeNull();
        model.Invoking(m => m.FindEntities("Anna left.")).Should().Throw<InvalidOperationException>().WithMessage("*plain tags*expected a Scheme*TagWords*");
    }

    [Fact]
    public void Evaluations_report_loss_accuracy_and_entities_and_the_best_F1_is_kept()
    {
        var evaluations = new List<IReadOnlyDictionary<string, double>>();
        FineTuneTokensOptions options = Options("Words");
        (options.UseCrf, options.Epochs, options.ValidationData, options.Progress) = (true, 8, TinyEntities.View(_ml, 40, 7), new Reporter(p => { if (p.Metrics is { } m) evaluations.Add(m); }));
        using TokenClassificationTransformer model = Fit(options);
        evaluations.Should().HaveCount(8).And.OnlyContain(m => m.Keys.Order().SequenceEqual(new[] { "Accuracy", "F1", "Loss", "Precision", "Recall" }));
        evaluations[^1]["Loss"].Should().BeLessThan(evaluations[0]["Loss"]);
        F1(model, TinyEntities.Rows(40, 7)).Should().BeApproximately(evaluations.Max(m => m["F1"]), 1e-9, "evaluations decode as the fitted model does");
    }

    [Fact]
    public void A_saved_model_finds_the_same_in_a_fresh_process()
    {
        using var folder = new TestFolder();
        FineTuneTokensOptions options = Options("Text");
        (options.UseCrf, options.TrainAs, options.MaxSteps) = (true, TagScheme.Bioes, 5);
        using TokenClassificationTransformer model = Fit(options);
        IDataView data = TinyEntities.View(_ml, 10, 5);
        _ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        string[] texts = [.. data.GetColumn<string>("Text"), "", TinyEntities.Long(50, 2).Text];
        string[] columns = ["Words", "PredictedTags", "EntityText", "EntityStart"];
        FreshProcess.Answer answer = FreshProcess.Score([new(folder.File("model.zip"), columns, [.. texts.Select(t => (t, ""))])])[0];
        for (int row = 0; row < texts.Length; row++)
        {
            IReadOnlyList<TaggedWord> words = model.TagWords(texts[row]);
            IReadOnlyList<EntitySpan> entities = model.FindEntities(texts[row]);
            answer.Rows[row].Should().Equal(string.Join('|', words.Select(w => w.Text)), string.Join('|', words.Select(w => w.Tag)), string.Join('|', entities.Select(e => e.Text)), string.Join('|', entities.Select(e => e.Start)));
        }
    }

    [Fact]
    public void Two_hundred_steps_leave_no_more_tensors_than_two()
    {
        IDataView data = TinyEntities.View(_ml);
        Growth(2);
        Growth(200).Should().Be(Growth(2));

        long Growth(long steps)
        {
            long before = LiveTensors.Count();
            FineTuneTokensOptions options = Options("Words");
            (options.UseCrf, options.MaxSteps, options.Epochs, options.ValidationFraction) = (true, steps, 1000, 0.1);
            (options.EvaluationsPerEpoch, options.RestoreBest) = (1, false);
            _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options).Fit(data).Dispose();
            return TorchSharp.torch.Tensor.TotalCount - before;
        }
    }

    private TokenClassificationTransformer Fit(FineTuneTokensOptions options) => _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options).Fit(TinyEntities.View(_ml, 160));

    private double F1(TokenClassificationTransformer model, IReadOnlyList<TinyEntities.Row> rows) =>
        SpanScores.OfTags([.. rows.Select(r => r.Tags)], [.. model.Transform(_ml.Data.LoadFromEnumerable(rows)).GetColumn<string[]>("PredictedTags")], TagScheme.Bio, TagReading.WellFormed).Overall.F1;

    private static FineTuneTokensOptions Options(string column) => new()
    {
        TextColumnName = column,
        LabelColumnName = "Tags",
        Scheme = TagScheme.Bio,
        Epochs = 15,
        BatchSize = 16,
        LearningRate = 5e-3,
        MaxLength = 48,
        Seed = 1,
    };

    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
