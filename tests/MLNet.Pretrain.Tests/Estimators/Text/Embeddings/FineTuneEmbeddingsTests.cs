using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text.Embeddings;

public sealed class FineTuneEmbeddingsTests : IDisposable
{
    // A question joins one of the first six with one of the others; its answer has the words in their places below, so that the two share none.
    private static readonly string[] s_asked = ["bread", "rain", "music", "money", "sleep", "horses", "ships", "gold", "fire", "glass", "cheese", "winter"];
    private static readonly string[] s_answers = ["bakery", "clouds", "violin", "bank", "pillow", "stable", "harbour", "mine", "ashes", "window", "milk", "snow"];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Pooling.Mean, false, TrainingPrecision.Float32)]
    [InlineData(Pooling.Cls, true, TrainingPrecision.Float32)]
    [InlineData(Pooling.Max, false, TrainingPrecision.Float32)]
    [InlineData(Pooling.Mean, true, TrainingPrecision.BFloat16)]
    public void Answers_are_found_by_cosine(Pooling pooling, bool symmetric, TrainingPrecision precision)
    {
        Pair[] all = Pairs();
        // Those held out join words that no other question joins.
        (IDataView pairs, IDataView held) = (View(all.Where((_, i) => i % 7 != 0)), View(all.Where((_, i) => i % 7 == 0)));
        using (TextEncoderTransformer untrained = Fit(o => (o.MaxSteps, o.LearningRate) = (1, 1e-9), pairs)) Accuracy(untrained).Should().BeLessThan(0.15f, "chance is 1 in 36");
        IReadOnlyDictionary<string, double>? metrics = null;
        using TextEncoderTransformer trained = Fit(o =>
        {
            (o.Pooling, o.Symmetric, o.Precision, o.MaxSteps, o.ValidationData, o.RestoreBest) = (pooling, symmetric, precision, 400, held, false);   // six rows are soon all right
            o.Progress = new Reporter(p => metrics = p.Metrics ?? metrics);
        }, pairs);
        Accuracy(trained).Should().BeGreaterThan(0.9f);
        metrics!.Keys.Should().Equal("Loss", "Accuracy", "MeanReciprocalRank");
        metrics["MeanReciprocalRank"].Should().BeInRange(metrics["Accuracy"], 1).And.BeGreaterThan(0.9);
        Vectors(trained, ["what about bread"])[0].Sum(x => x * x).Should().BeApproximately(1, 1e-5f, "Normalize is on");
    }

    [Fact]
    public void A_hard_negative_is_pushed_away()
    {
        // A question and its negation share all but one word; the answers of both are "yes" and "no" for all topics.
        Pair[] pairs = [.. s_asked.SelectMany(topic => (Pair[])
        [
            new() { First = $"i like {topic}", Second = $"{topic} is good", Negative = $"{topic} is bad" },
            new() { First = $"i hate {topic}", Second = $"{topic} is bad", Negative = $"{topic} is good" },
        ])];
        double accuracy = 0;
        using TextEncoderTransformer model = Fit(o =>
        {
            (o.NegativeColumnName, o.MaxSteps, o.BatchSize, o.ValidationData) = ("Negative", 250, 1, View(pairs));
            o.Progress = new Reporter(p => accuracy = p.Metrics?["Accuracy"] ?? accuracy);
        }, View(pairs));
        accuracy.Should().BeGreaterThan(0.9, "a batch of one pair learns from its negative alone");
        float[][] vectors = Vectors(model, ["i like bread", "bread is good", "bread is bad"]);
        Dot(vectors[0], vectors[1]).Should().BeGreaterThan(Dot(vectors[0], vectors[2]));
    }

    [Fact]
    public void Cosines_take_the_order_of_judged_similarities()
    {
        // The share of words in common, on a scale of five.
        var random = new Random(3);
        Pair[] pairs = [.. Enumerable.Range(0, 240).Select(i =>
        {
            int common = i % 4;
            string[] words = [.. s_asked.OrderBy(_ => random.Next()).Take(6)];
            return new Pair { First = string.Join(' ', words[..3]), Second = string.Join(' ', words[(3 - common)..(6 - common)]), Label = common * 5 / 3f };
        })];
        IReadOnlyDictionary<string, double>? metrics = null;
        using TextEncoderTransformer model = Fit(o =>
        {
            (o.Loss, o.LabelMaximum, o.MaxSteps, o.ValidationData) = (EmbeddingLoss.CosineRegression, 5, 250, View(pairs[200..]));
            o.Progress = new Reporter(p => metrics = p.Metrics ?? metrics);
        }, View(pairs[..200]));
        metrics!.Keys.Should().Equal("Loss", "Pearson", "Spearman");
        metrics["Spearman"].Should().BeGreaterThan(0.9);
        float[][] first = Vectors(model, pairs[200..].Select(p => p.First)), second = Vectors(model, pairs[200..].Select(p => p.Second));
        double[] cosines = [.. first.Zip(second, (a, b) => (double)Dot(a, b))], labels = [.. pairs[200..].Select(p => p.Label / 5.0)];
        Correlation.Spearman(cosines, labels).Should().BeGreaterThan(0.9);
        cosines.Zip(labels, (c, l) => Math.Abs(c - l)).Average().Should().BeLessThan(0.2, "the label over LabelMaximum is the cosine");
    }

    [Fact]
    public void The_fitted_transformer_is_saved_scored_elsewhere_and_goes_on_learning()
    {
        IDataView pairs = View(Pairs());
        using TextEncoderTransformer model = Fit(o => (o.MaxSteps, o.Dropout) = (20, 0.3), pairs);
        float[][] expected = Vectors(model, s_answers);
        _ml.Model.Save(model, pairs.Schema, _folder.File("model.zip"));
        using (var loaded = (TextEncoderTransformer)new MLContext().Model.Load(_folder.File("model.zip"), out _)) Agree(Vectors(loaded, s_answers), expected);
        model.SaveCheckpoint(_folder.File("checkpoint"));
        using (TextEncoderTransformer opened = _ml.Transforms.Text.EncodeText("Vector", "First", _folder.File("checkpoint"), normalize: true).Fit(pairs)) Agree(Vectors(opened, s_answers), expected);
        using TextClassificationTransformer tuned = _ml.BinaryClassification.Trainers.FineTuneText(model, new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 2, MaxLength = 24 }).Fit(TinyTexts.View(_ml));
        using TextEncoderTransformer again = _ml.Transforms.Text.FineTuneEmbeddings("Vector", "First", "Second", model, epochs: 1).Fit(pairs);
        Agree(Vectors(model, s_answers), expected);
        File.ReadAllText(Path.Combine(_folder.File("checkpoint"), "config.json")).Should().Contain("\"hidden_dropout_prob\": 0.1", "the dropout of the run is not the encoder's");
    }

    [Fact]
    public void Many_steps_leave_no_more_tensors_than_few()
    {
        LiveTensors.ShouldNotGrow(() => Run(20), () => Run(200));

        void Run(long steps) => Fit(o => (o.MaxSteps, o.BatchSize, o.NegativeColumnName, o.ValidationFraction, o.EvaluationsPerEpoch) = (steps, 4, "Negative", 0.2, 2), View(Pairs())).Dispose();
    }

    [Fact]
    public void Rows_without_text_or_label_are_left_out_and_counted()
    {
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        Pair[] pairs = [.. Pairs(), new() { First = "", Second = "a" }, new() { First = "a", Second = " \n" }, new() { First = "a", Second = "b", Label = float.NaN }];
        Fit(o => o.MaxSteps = 1, View(pairs)).Dispose();
        log.Should().Contain(line => line.Contains("2 training rows have no text in 'First' or 'Second' and are left out"));
        Fit(o => (o.MaxSteps, o.Loss) = (1, EmbeddingLoss.CosineRegression), View(pairs)).Dispose();
        log.Should().Contain(line => line.Contains("1 training rows have no label and are left out"));
    }

    [Fact]
    public void What_cannot_be_learnt_from_is_refused_in_words()
    {
        Refused<InvalidOperationException>(_ => { }, []).WithMessage("*there are no training rows*'First'*'Second'*");
        Refused<InvalidOperationException>(_ => { }, [new() { First = "a", Second = "" }]).WithMessage("*1 were left out*");
        Refused<InvalidOperationException>(_ => { }, [new() { First = "a", Second = "b" }]).WithMessage("*there is 1 training row; expected 2 or more*NegativeColumnName*");
        Refused<InvalidOperationException>(o => o.ValidationFraction = 0.1, Pairs()[..8]).WithMessage("*ValidationFraction is 0.1 of 8 rows; expected 2 rows or more on each side*");
        Refused<InvalidOperationException>(o => o.ValidationData = View([])).WithMessage("*there are no validation rows*");
        foreach (float label in (float[])[-0.1f, 1.5f, float.PositiveInfinity])
            Refused<InvalidOperationException>(o => o.Loss = EmbeddingLoss.CosineRegression, [new() { First = "a", Second = "b" }, new() { First = "a", Second = "b", Label = label }]).WithMessage("*row 1 has * in column 'Label'; expected 0 to 1*LabelMaximum*");
        Refused<ArgumentException>(o => o.BatchSize = 1).WithMessage("*BatchSize is 1; expected 2 or more*");
        Refused<ArgumentException>(o => (o.Loss, o.NegativeColumnName) = (EmbeddingLoss.CosineRegression, "Negative")).WithMessage("*NegativeColumnName is 'Negative'; expected null where Loss is CosineRegression*");
        Refused<ArgumentException>(o => (o.Loss, o.Symmetric) = (EmbeddingLoss.CosineRegression, true)).WithMessage("*Symmetric is True; expected false*");
        Refused<ArgumentException>(o => o.Temperature = 0).WithMessage("*Temperature is 0; expected a number above 0*");
        Refused<ArgumentException>(o => o.LabelMaximum = double.NaN).WithMessage("*LabelMaximum is NaN*");
        Refused<ArgumentException>(o => o.Dropout = 1).WithMessage("*Dropout is 1*");
        Refused<ArgumentException>(o => o.Loss = (EmbeddingLoss)7).WithMessage("*Loss is 7; expected one of InBatchRanking, CosineRegression*");
        Refused<ArgumentException>(o => o.Pooling = Pooling.Pooler).WithMessage("*has no pooler*");
        Refused<ArgumentException>(o => o.NegativeColumnName = "Missing").WithMessage("*'Missing'*");
        Refused<ArgumentException>(o => (o.Loss, o.LabelColumnName) = (EmbeddingLoss.CosineRegression, "First")).WithMessage("*'First' is String*reads Single*");
    }

    [Fact]
    public void Similarities_may_be_any_type_of_number()
    {
        float[][] expected = Of(l => l), doubles = Of(l => (double)l), whole = Of(l => (long)l);
        Agree(doubles, expected);
        Agree(whole, expected);

        float[][] Of<T>(Func<int, T> label)
        {
            IDataView pairs = _ml.Data.LoadFromEnumerable(Pairs().Select((p, i) => new { p.First, p.Second, Label = label(i % 6) }));
            using TextEncoderTransformer model = Fit(o => (o.Loss, o.LabelMaximum, o.MaxSteps) = (EmbeddingLoss.CosineRegression, 5, 3), pairs);
            return Vectors(model, s_answers);
        }
    }

    [Fact]
    public void Batches_without_anything_to_be_told_from_do_not_count_as_right()
    {
        IReadOnlyDictionary<string, double>? metrics = null;
        Pair[] same = [.. Enumerable.Repeat(new Pair { First = "a", Second = "b" }, 4)];
        Fit(o => (o.MaxSteps, o.ValidationData, o.Progress) = (1, View(same), new Reporter(p => metrics = p.Metrics)), View(Pairs())).Dispose();
        metrics!["Accuracy"].Should().Be(double.NaN);
    }

    private FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(Action<FineTuneEmbeddingsOptions> configure, Pair[]? pairs = null) where T : Exception =>
        FluentActions.Invoking(() => Fit(configure, View(pairs ?? Pairs())).Dispose()).Should().Throw<T>();

    private TextEncoderTransformer Fit(Action<FineTuneEmbeddingsOptions> configure, IDataView pairs)
    {
        var options = new FineTuneEmbeddingsOptions { BatchSize = 12, LearningRate = 5e-3, Epochs = 1000, Seed = 3, Dropout = 0, Threads = 1 };
        configure(options);
        return _ml.Transforms.Text.FineTuneEmbeddings("Vector", "First", "Second", TinyTexts.Encoder with { HiddenSize = 32 }, options).Fit(pairs);
    }

    // How often the nearest of all answers is the right one.
    private static float Accuracy(TextEncoderTransformer model)
    {
        float[][] asked = Vectors(model, Pairs().Select(p => p.First)), answers = Vectors(model, Pairs().Select(p => p.Second));
        return asked.Index().Count(a => answers.Index().MaxBy(b => Dot(a.Item, b.Item)).Index == a.Index) / (float)asked.Length;
    }

    private static float[][] Vectors(TextEncoderTransformer model, IEnumerable<string> texts) =>
        [.. model.Transform(new MLContext().Data.LoadFromEnumerable(texts.Select(text => new Pair { First = text }))).GetColumn<float[]>("Vector")];

    private static float Dot(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static void Agree(float[][] actual, float[][] expected)
    {
        foreach ((float[] a, float[] b) in actual.Zip(expected))
            foreach ((float x, float y) in a.Zip(b)) x.Should().BeApproximately(y, 1e-5f);
    }

    private static Pair[] Pairs() =>
        [.. Enumerable.Range(0, 36).Select(i => (First: i / 6, Second: 6 + i % 6)).Select(p => new Pair
        {
            First = $"what of {s_asked[p.First]} and {s_asked[p.Second]}",
            Second = $"the {s_answers[p.First]} with the {s_answers[p.Second]}",
            Negative = p.First == 0 ? "" : $"the {s_answers[p.First]} alone",
            Label = p.First / 5f,
        })];

    private IDataView View(IEnumerable<Pair> pairs) => _ml.Data.LoadFromEnumerable(pairs);

    private sealed class Pair
    {
        public string First { get; set; } = "";

        public string Second { get; set; } = "";

        public string Negative { get; set; } = "";

        public float Label { get; set; }
    }
}
