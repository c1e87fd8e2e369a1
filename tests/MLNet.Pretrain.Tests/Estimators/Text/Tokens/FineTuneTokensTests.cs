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
    public void A_fitted_encoder_with_a_pooler_is_copied_without_it_and_not_changed()
    {
        IDataView data = TinyEntities.View(_ml);
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyEntities.Encoder with { Pooler = true }).Fit(data);
        FineTuneTokensOptions options = Options("Words");
        (options.FrozenLayers, options.MaxSteps) = (1, 3);
        using TokenClassificationTransformer model = _ml.MulticlassClassification.Trainers.FineTuneTokens(encoder, options).Fit(data);
        var source = encoder.Model.Network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        (string Name, float[] Values)[] frozen = [.. model.Model.Network.Encoder.named_parameters().Select(p => (p.name, p.parameter.data<float>().ToArray()))];
        frozen.Should().NotContain(p => p.Name.StartsWith("pooler", StringComparison.Ordinal)).And.NotBeEmpty();
        foreach ((string name, float[] values) in frozen) values.Should().Equal(source[name].data<float>().ToArray(), name);
    }

    [Fact]
    public void Half_precision_finds_the_same_entities()
    {
        FineTuneTokensOptions options = Options("Words");
        (options.UseCrf, options.ScoringPrecision) = (true, ScoringPrecision.BFloat16);
        using TokenClassificationTransformer model = Fit(options);
        F1(model, TinyEntities.Rows(60, 99)).Should().BeGreaterThan(0.95);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loss_that_is_no_number_ends_training_with_advice(bool crf)
    {
        FineTuneTokensOptions options = Options("Words");
        (options.UseCrf, options.LearningRate, options.WarmupRatio, options.MaxGradientNorm) = (crf, 1e30, 0, 0);
        FluentActions.Invoking(() => Fit(options)).Should().Throw<TrainingDivergedException>();
    }

    [Fact]
    public void A_prediction_engine_gives_words_and_entities()
    {
        FineTuneTokensOptions options = Options("Text");
        using TokenClassificationTransformer model = Fit(options);
        var engine = _ml.Model.CreatePredictionEngine<TinyEntities.Row, Found>(model);
        Found found = engine.Predict(new() { Text = "Ben left Rome." });
        found.Words.Should().Equal("Ben", "left", "Rome", ".");
        found.EntityText.Should().Equal("Ben", "Rome");
        found.EntityStart.Should().Equal(0, 9);
        engine.Predict(new() { Text = "" }).PredictedTags.Should().BeEmpty();
    }

    [Fact]
    public void Two_hundred_steps_leave_no_more_tensors_than_two()
    {
        IDataView data = TinyEntities.View(_ml);
        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(200));

        void Run(long steps)
        {
            FineTuneTokensOptions options = Options("Words");
            (options.UseCrf, options.MaxSteps, options.Epochs, options.ValidationFraction) = (true, steps, 1000, 0.1);
            (options.EvaluationsPerEpoch, options.RestoreBest) = (1, false);
            _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options).Fit(data).Dispose();
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

    private sealed class Found
    {
        public string[] Words { get; set; } = [];

        public string[] PredictedTags { get; set; } = [];

        public string[] EntityText { get; set; } = [];

        public int[] EntityStart { get; set; } = [];
    }
}
