using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Distillation;

/// <summary>Students of text vectors, in one language and in two.</summary>
public sealed partial class DistillEmbeddingsTests : IDisposable
{
    private static readonly string[] s_words = ["bread", "rain", "music", "money", "sleep", "horse", "ship", "gold", "fire", "glass", "cheese", "winter"];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Pooling.Mean, true)]
    [InlineData(Pooling.Cls, false)]
    public void A_student_with_its_teachers_weights_has_nothing_to_learn(Pooling pooling, bool normalize)
    {
        IDataView data = View(Rows(40, 1));
        using TextEncoderTransformer teacher = _ml.Transforms.Text.EncodeText(TinyTexts.Encoder, new TextEncodingOptions { OutputColumnName = "Vector", InputColumnName = "Text", Pooling = pooling, Normalize = normalize }).Fit(data);
        IReadOnlyDictionary<string, double>? metrics = null;
        Fit(teacher, data, o => (o.Pooling, o.Normalize, o.MaxSteps, o.LearningRate, o.ValidationData, o.Progress) = (pooling, normalize, 1, 1e-9, data, new Reporter(p => metrics = p.Metrics)), student: teacher).Dispose();
        metrics!.Keys.Should().Equal("Loss", "MeanSquaredError", "Cosine");
        metrics["Loss"].Should().BeLessThan(1e-6, "half precision is all that differs");
        metrics["Cosine"].Should().BeGreaterThan(1 - 1e-5);
    }

    [Theory]
    [InlineData(EmbeddingImitation.SquaredError, true, 16)]
    [InlineData(EmbeddingImitation.SquaredError, false, 24)]
    [InlineData(EmbeddingImitation.CosineDistance, false, 24)]
    public void A_student_gives_texts_it_has_not_seen_the_vectors_its_teacher_would_or_their_principal_components(EmbeddingImitation loss, bool normalize, int width)
    {
        ITransformer teacher = Teacher(width);
        IDataView held = View(Rows(60, 2));
        IReadOnlyDictionary<string, double>? metrics = null;
        TextEncoderTransformer Student(long steps, double rate) => Fit(DistillationTeacher.Of(teacher, "Wanted"), View(Rows(300, 1)), o =>
            (o.Loss, o.Normalize, o.MaxSteps, o.LearningRate, o.ValidationData, o.Progress) = (loss, normalize, steps, rate, held, new Reporter(p => metrics = p.Metrics ?? metrics)));
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        Student(1, 1e-9).Dispose();
        metrics!["Cosine"].Should().BeLessThan(0.5, "untrained");
        using TextEncoderTransformer student = Student(120, 5e-3);
        metrics["Cosine"].Should().BeGreaterThan(0.9);
        metrics["Loss"].Should().BeApproximately(loss == EmbeddingImitation.SquaredError ? metrics["MeanSquaredError"] : 1 - metrics["Cosine"], 1e-6);
        log.Any(line => line.Contains("vectors have 24 numbers, the student's 16", StringComparison.Ordinal)).Should().Be(width == 24);

        // An encoder like any other, without its teacher.
        float[][] expected = Vectors(student, ["bread and rain"]);
        Math.Abs(expected[0].Sum(x => x * x) - 1).Should().Match(distance => normalize == distance < 1e-5f);
        student.SaveCheckpoint(_folder.File("student"));
        _ml.Model.Save(student, held.Schema, _folder.File("student.zip"));
        using var loaded = (TextEncoderTransformer)new MLContext().Model.Load(_folder.File("student.zip"), out _);
        Vectors(loaded, ["bread and rain"])[0].Zip(expected[0]).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5);
    }

    [Fact]
    public void Translations_get_their_sources_vectors_whether_all_rows_have_one_or_not()
    {
        Row[] rows = Rows(300, 1);
        for (int i = 0; i < rows.Length; i += 5) rows[i].Translation = "";
        // One source with two translations.
        rows[1] = new() { Text = rows[2].Text, Translation = rows[2].Translation + " xand" };
        Row[] held = Rows(60, 2);
        IReadOnlyDictionary<string, double>? metrics = null;
        TextEncoderTransformer Student(long steps, double rate) => Fit(DistillationTeacher.Of(Teacher(16), "Wanted"), View(rows), o =>
            (o.TranslationColumnName, o.MaxSteps, o.LearningRate, o.ValidationData, o.Progress) = ("Translation", steps, rate, View(held), new Reporter(p => metrics = p.Metrics ?? metrics)));
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        Student(1, 1e-9).Dispose();
        log.Should().Contain(line => line.Contains("answered to 300 training rows, 240 of them with a translation", StringComparison.Ordinal));
        metrics!.Keys.Should().Equal("Loss", "MeanSquaredError", "Cosine", "TranslationAccuracy", "SourceAccuracy");
        metrics["TranslationAccuracy"].Should().BeLessThan(0.2);
        using TextEncoderTransformer student = Student(200, 5e-3);
        metrics["TranslationAccuracy"].Should().BeGreaterThan(0.8);
        metrics["SourceAccuracy"].Should().BeGreaterThan(0.8);
        float[][] sources = Vectors(student, held.Select(r => r.Text)), translations = Vectors(student, held.Select(r => r.Translation));
        sources.Zip(translations, (a, b) => a.Zip(b, (x, y) => x * y).Sum()).Average().Should().BeGreaterThan(0.9f, "both are the teacher's vector of the source");
        double found = sources.Index().Count(a => held[translations.Index().MaxBy(b => a.Item.Zip(b.Item, (x, y) => x * y).Sum()).Index].Text == held[a.Index].Text) / 60.0;
        found.Should().BeApproximately(metrics["TranslationAccuracy"], 0.02, "the metric is what one would count");
    }

    [Fact]
    public void A_resumed_student_equals_the_uninterrupted_one_a_column_its_teacher_and_another_teacher_is_another_run()
    {
        IDataView data = View(Rows(60, 1));
        DistillationTeacher teacher = DistillationTeacher.Of(Teacher(20), "Wanted");
        byte[] expected = Train("one", teacher, data);
        using var cancel = new CancellationTokenSource();
        FluentActions.Invoking(() => Train("two", teacher, data, cancel)).Should().Throw<OperationCanceledException>();
        Train("two", DistillationTeacher.Column("Wanted"), Teacher(20).Transform(data)).Should().Equal(expected);
        FluentActions.Invoking(() => Train("two", DistillationTeacher.Of(Teacher(20, 7), "Wanted"), data)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: task was vectors*");
        FluentActions.Invoking(() => Train("two", teacher, data, change: o => o.Normalize = false)).Should().Throw<InvalidOperationException>().WithMessage("*of another run*own lengths*");
        // Adapters hide the task from the loop, and its lesson must be known all the same.
        Train("three", teacher, data, change: o => o.Lora = new());
        FluentActions.Invoking(() => Train("three", DistillationTeacher.Of(Teacher(20, 7), "Wanted"), data, change: o => o.Lora = new())).Should().Throw<InvalidOperationException>().WithMessage("*of another run*task was vectors*");

        byte[] Train(string checkpoints, DistillationTeacher by, IDataView rows, CancellationTokenSource? stop = null, Action<DistillEmbeddingsOptions>? change = null)
        {
            using TextEncoderTransformer model = Fit(by, rows, o =>
            {
                (o.TranslationColumnName, o.MaxSteps, o.CheckpointDirectory, o.CheckpointEverySteps, o.Resume, o.Dropout) = ("Translation", 16, _folder.File(checkpoints), 4, true, 0.1);
                if (stop is not null) (o.CancellationToken, o.Progress) = (stop.Token, new Reporter(p => { if (p.Step == 9) stop.Cancel(); }));
                change?.Invoke(o);
            });
            model.SaveCheckpoint(_folder.File("out"));
            return File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors"));
        }
    }

    [Fact]
    public void Many_steps_leave_no_more_tensors_than_few()
    {
        using TextEncoderTransformer teacher = _ml.Transforms.Text.EncodeText("Wanted", "Text", TinyTexts.Encoder with { HiddenSize = 24 }).Fit(View(Rows(60, 1)));
        LiveTensors.ShouldNotGrow(() => Run(4), () => Run(60));

        void Run(long steps) => Fit(teacher, View(Rows(60, 1)), o => (o.TranslationColumnName, o.MaxSteps, o.ValidationFraction, o.EvaluationsPerEpoch) = ("Translation", steps, 0.2, 2)).Dispose();
    }

    private TextEncoderTransformer Fit(DistillationTeacher teacher, IDataView data, Action<DistillEmbeddingsOptions> configure, TextEncoderSource? student = null)
    {
        var options = new DistillEmbeddingsOptions { BatchSize = 16, LearningRate = 5e-3, Epochs = 1000, Seed = 3, Dropout = 0, Threads = 1, MaxLength = 24 };
        configure(options);
        return _ml.Transforms.Text.DistillEmbeddings("Vector", "Text", teacher, student ?? TinyTexts.Encoder, options).Fit(data);
    }

    // Means of random word vectors: all that there is to learn is the words.
    private ITransformer Teacher(int width, int seed = 5)
    {
        var words = new WordTable();
        foreach (string word in s_words) words.FindOrAdd(word);
        var random = new Random(seed);
        float[] vectors = [.. Enumerable.Range(0, words.Count * width).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        return _ml.Transforms.Text.ApplyWordVectors("Wanted", "Text", new WordVectors(new Vocabulary(words, []), vectors, width)).Fit(View(Rows(2, 1)));
    }

    // A translation has other words in another order.
    private static Row[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            string[] words = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => s_words[random.Next(s_words.Length)])];
            return new Row { Text = string.Join(" and ", words), Translation = string.Join(" xund ", words.Reverse().Select(word => "x" + word)) };
        })];
    }

    private IDataView View(IEnumerable<Row> rows) => _ml.Data.LoadFromEnumerable(rows);

    private static float[][] Vectors(TextEncoderTransformer model, IEnumerable<string> texts) =>
        [.. model.Transform(new MLContext().Data.LoadFromEnumerable(texts.Select(text => new Row { Text = text }))).GetColumn<float[]>("Vector")];

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string Translation { get; set; } = "";
    }
}
