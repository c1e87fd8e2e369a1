using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.MultiLabel;

public sealed partial class FineTuneMultiLabelTests : IDisposable
{
    private static readonly string[] s_topics = ["blue", "green", "red"];
    private static readonly string[] s_words = [.. s_topics, "house", "tree", "stone", "river", "cloud", "hill", "lake"];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_learns_any_number_of_labels_and_tells_how_well()
    {
        Row[] held = Rows(100, 2);
        IDataView heldRows = View(held);
        var evaluations = new List<IReadOnlyDictionary<string, double>>();
        FineTuneMultiLabelOptions options = Options();
        (options.ValidationData, options.Progress) = (heldRows, new Reporter(p => evaluations.AddRange(p.Metrics is { } metrics ? [metrics] : [])));
        using MultiLabelTransformer model = Fit(View(Rows(300, 1)), options);
        model.Labels.Should().Equal(s_topics);
        IDataView scored = model.Transform(heldRows);
        MultiLabelScores scores = Scores(held, Predicted(scored));
        scores.MicroF1.Should().BeGreaterThan(0.95);
        scores.SubsetAccuracy.Should().BeGreaterThan(0.9);
        Predicted(scored).Select(row => row.Count(found => found)).Distinct().Should().Contain([0, 1, 2]);

        // The best evaluation is that of the least loss, and what it tells is what the fitted model does at 0.5.
        IReadOnlyDictionary<string, double> best = evaluations.MinBy(metrics => metrics["Loss"])!;
        float[][] probabilities = [.. scored.GetColumn<float[]>("Score")];
        double loss = held.Zip(probabilities, (row, p) => Truth(row).Zip(p, (there, one) => -Math.Log(there ? one : 1 - one)).Average()).Average();
        best["Loss"].Should().BeApproximately(loss, 1e-3);
        MultiLabelScores atHalf = Scores(held, [.. probabilities.Select(row => row.Select(p => p >= 0.5).ToArray())]);
        best["MicroF1"].Should().BeApproximately(atHalf.MicroF1, 1e-9);
        best["MacroF1"].Should().BeApproximately(atHalf.MacroF1, 1e-9);
        best["SubsetAccuracy"].Should().BeApproximately(atHalf.SubsetAccuracy, 1e-9);
        best["HammingLoss"].Should().BeApproximately(atHalf.HammingLoss, 1e-9);
    }

    [Fact]
    public void A_chain_gives_names_from_a_prediction_engine_and_after_loading_in_a_fresh_process()
    {
        var chain = _ml.Transforms.Text.TokenizeIntoWords("Label", "Category")
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label"))
            .Append(_ml.MulticlassClassification.Trainers.FineTuneMultiLabel(TinyTexts.Encoder, Options()))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows(300, 1));
        ITransformer model = chain.Fit(rows);
        string[] texts = ["stone red tree", "blue hill red", "river cloud", ""];
        using (PredictionEngine<Row, Prediction> engine = _ml.Model.CreatePredictionEngine<Row, Prediction>(model))
        {
            engine.Predict(new() { Text = texts[0] }).PredictedLabel.Should().Equal("red");
            engine.Predict(new() { Text = texts[1] }).PredictedLabel.Should().BeEquivalentTo("red", "blue");
            engine.Predict(new() { Text = texts[2] }).PredictedLabel.Should().BeEmpty();
            engine.Predict(new() { Text = texts[1] }).Score.Should().HaveCount(3).And.OnlyContain(p => p > 0 && p < 1);
        }

        model = chain.Fit(rows);   // the engine owned the other one
        using var owned = (IDisposable)model;
        _ml.Model.Save(model, rows.Schema, _folder.File("model.zip"));
        (string[] columns, string[][] answers) = FreshProcess.Score(_folder.File("model.zip"), texts);
        int names = Array.FindIndex(columns, c => c.StartsWith("PredictedLabel", StringComparison.Ordinal)), scores = Array.FindIndex(columns, c => c.StartsWith("Score", StringComparison.Ordinal));
        IDataView scored = model.Transform(_ml.Data.LoadFromEnumerable(texts.Select(text => new Row { Text = text })));
        answers.Select(row => row[names]).Should().Equal(scored.GetColumn<string[]>("PredictedLabel").Select(found => string.Join('|', found)));
        answers.Select(row => row[scores]).Should().Equal(scored.GetColumn<float[]>("Score").Select(row => string.Join(' ', row.Select(p => p.ToString("R", CultureInfo.InvariantCulture)))));
    }

    [Fact]
    public void A_saved_model_keeps_labels_and_thresholds_and_its_checkpoint_says_what_it_is()
    {
        FineTuneMultiLabelOptions options = Options(steps: 20);
        options.ValidationFraction = 0.3;
        IDataView rows = View(Rows(80, 1));
        using MultiLabelTransformer model = Fit(rows, options);
        _ml.Model.Save(model, rows.Schema, _folder.File("model.zip"));
        using var loaded = (MultiLabelTransformer)new MLContext().Model.Load(_folder.File("model.zip"), out _);
        loaded.Thresholds.Should().Equal(model.Thresholds);
        loaded.Labels.Should().Equal(s_topics);
        foreach ((MultiLabelTransformer saved, string folder) in ((MultiLabelTransformer, string)[])[(model, "first"), (loaded, "second")])
        {
            saved.SaveCheckpoint(_folder.File(folder));
            string config = File.ReadAllText(Path.Combine(_folder.File(folder), "config.json"));
            config.Should().Contain("BertForSequenceClassification").And.Contain("\"problem_type\": \"multi_label_classification\"").And.Contain("\"1\": \"green\"");
        }
        // An encoder of it is no multi-label classifier any more.
        using TextClassificationTransformer other = _ml.BinaryClassification.Trainers.FineTuneText(_folder.File("first"), new() { LabelColumnName = "Flag", MaxSteps = 1, MaxLength = 32, Seed = 1 }).Fit(TinyTexts.View(_ml));
        other.SaveCheckpoint(_folder.File("other"));
        File.ReadAllText(Path.Combine(_folder.File("other"), "config.json")).Should().NotContain("problem_type");
    }

    [Fact]
    public void Weights_of_labels_raise_their_probabilities()
    {
        Row[] rows = Rows(60, 1);
        FineTuneMultiLabelOptions options = Options(steps: 40);
        using MultiLabelTransformer plain = Fit(View(rows), options);
        options.PositiveWeights = [1, 20, 1];
        using MultiLabelTransformer weighted = Fit(View(rows), options);
        (Mean(weighted, 1) - Mean(plain, 1)).Should().BeGreaterThan(0.2f);
        (Mean(weighted, 0) - Mean(plain, 0)).Should().BeLessThan(0.1f);

        float Mean(MultiLabelTransformer model, int label) => model.Transform(View(rows)).GetColumn<float[]>("Score").Average(row => row[label]);
    }

    [Fact]
    public void A_cancelled_run_goes_on_to_the_same_weights_and_thresholds_and_a_finished_one_is_opened()
    {
        IDataView rows = View(Rows(60, 1));
        using MultiLabelTransformer expected = Fit(rows, Resumable("one"));
        using var cancel = new CancellationTokenSource();
        FineTuneMultiLabelOptions interrupted = Resumable("two");
        (interrupted.CancellationToken, interrupted.Progress) = (cancel.Token, new Reporter(p => { if (p.Step == 11) cancel.Cancel(); }));
        FluentActions.Invoking(() => Fit(rows, interrupted)).Should().Throw<OperationCanceledException>();
        for (int run = 0; run < 2; run++)
        {
            using MultiLabelTransformer resumed = Fit(rows, Resumable("two"));
            resumed.Thresholds.Should().Equal(expected.Thresholds);
            resumed.Transform(rows).GetColumn<float[]>("Score").Should().BeEquivalentTo(expected.Transform(rows).GetColumn<float[]>("Score"), o => o.WithStrictOrdering());
        }
        FineTuneMultiLabelOptions other = Resumable("two");
        other.PositiveWeights = [1, 2, 1];
        FluentActions.Invoking(() => Fit(rows, other)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: PositiveWeights was absent, is now 1 2 1*");
        FineTuneMultiLabelOptions given = Resumable("two");
        given.Thresholds = [0.1];
        using MultiLabelTransformer opened = Fit(rows, given);
        opened.Thresholds.Should().OnlyContain(threshold => threshold == 0.1);

        FineTuneMultiLabelOptions Resumable(string name)
        {
            FineTuneMultiLabelOptions options = Options(steps: 20);
            (options.Dropout, options.Threads, options.ValidationFraction, options.EvaluationsPerEpoch) = (0.1, 1, 0.3, 3);
            (options.CheckpointDirectory, options.CheckpointEverySteps, options.Resume) = (_folder.File(name), 4, true);
            return options;
        }
    }

    [Fact]
    public void Two_hundred_steps_with_evaluations_leave_no_more_tensors_than_two()
    {
        IDataView rows = View(Rows(60, 1));
        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(200));

        void Run(int steps)
        {
            FineTuneMultiLabelOptions options = Options(steps);
            (options.ValidationFraction, options.PositiveWeights) = (0.3, [1, 2, 3]);
            Fit(rows, options).Dispose();
        }
    }

    private MultiLabelTransformer Fit(IDataView rows, FineTuneMultiLabelOptions options) => _ml.MulticlassClassification.Trainers.FineTuneMultiLabel(TinyTexts.Encoder, options).Fit(rows);

    private static FineTuneMultiLabelOptions Options(int steps = 300) => new() { MinSteps = steps, MaxSteps = steps, BatchSize = 16, LearningRate = 3e-3, MaxLength = 32, Dropout = 0, Seed = 1 };

    // A row has the topics whose words stand in its text.
    private static Row[] Rows(int rows, int seed, string? without = null)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(i =>
        {
            string[] words = [.. Enumerable.Range(0, 6).Select(_ => s_words[random.Next(s_words.Length)]).Where(word => word != without), "hill"];
            return new Row { Text = string.Join(' ', words), Topics = [.. words.Intersect(s_topics)], Order = i };
        })];
    }

    private static Row[] Noisy(Row[] rows, int seed)
    {
        var random = new Random(seed);
        foreach (Row row in rows)
            if (random.Next(2) == 0) row.Topics = [.. s_topics.Where(_ => random.Next(2) == 0)];
        return rows;
    }

    private static bool[] Truth(Row row) => [.. s_topics.Select(topic => row.Topics.Contains(topic))];

    private static bool[][] Predicted(IDataView scored) => [.. scored.GetColumn<uint[]>("PredictedLabel").Select(keys => s_topics.Select((_, label) => keys.Contains((uint)label + 1)).ToArray())];

    private static MultiLabelScores Scores(Row[] rows, bool[][] predicted) => new([.. rows.Select(Truth)], predicted);

    // Keys in the order of the topics, whichever rows these are.
    private IDataView View(Row[] rows) => _ml.Transforms.Conversion.MapValueToKey("Label", "Topics").Fit(_ml.Data.LoadFromEnumerable<Row>([new() { Topics = s_topics }])).Transform(_ml.Data.LoadFromEnumerable(rows));

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string[] Topics { get; set; } = [];

        public string Category => string.Join(' ', Topics);

        /// <summary>The topics, each twice, then nothing up to a fixed length.</summary>
        [VectorType(8)]
        public string[] Padded => [.. Topics, .. Topics, .. Enumerable.Repeat("", 8 - 2 * Topics.Length)];

        [ColumnName("blue")]
        public bool IsBlue => Topics.Contains("blue");

        [ColumnName("green")]
        public bool IsGreen => Topics.Contains("green");

        [ColumnName("red")]
        public bool IsRed => Topics.Contains("red");

        [VectorType(3)]
        public float[] Numbers { get; set; } = [0, 1, 0];

        public float Order { get; set; }
    }

    private sealed class Prediction
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
