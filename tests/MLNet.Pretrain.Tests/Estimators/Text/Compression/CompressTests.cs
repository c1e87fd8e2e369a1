using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class CompressTests : IDisposable
{
    private static readonly string[] s_alphabet = ["the quick brown fox jumps over a lazy dog", "waste of an evening in town", "a fine warm film", "bad and slow", "good fun for all the family", "cold dull moving"];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public CompressTests() => _data = TinyTexts.View(_ml);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Kinds => ["WordPiece", "byte level"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Texts_of_the_corpus_score_as_before_with_a_vocabulary_cut_down_to_them(string kind)
    {
        IDataView corpus = TinyTexts.View(_ml, 3);
        using TextClassificationTransformer whole = Classifier(kind), smaller = whole.Compress(new() { Corpus = corpus });
        CompressionReport report = CompressionReport.Of(whole, smaller, corpus, "Category");
        report.After.Vocabulary.Should().BeLessThan(report.Before.Vocabulary);
        report.After.Parameters.Should().Be(report.Before.Parameters - 16 * (report.Before.Vocabulary - report.After.Vocabulary));
        report.After.Bytes.Should().BeLessThan(report.Before.Bytes);
        Scores(smaller, corpus).Should().Equal(Scores(whole, corpus));
        (report.Agreement, report.MetricAfter, report.Rows).Should().Be((1, report.MetricBefore, 3));
        // A text with other words is scored all the same.
        smaller.Transform(_ml.Data.LoadFromEnumerable([new TinyTexts.Row { Text = "jumps over the quick zebra \u4e2d" }])).GetColumn<float[]>("Score").Single().Sum().Should().BeApproximately(1, 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Positions_of_a_RoBERTa_are_counted_from_where_they_were_whatever_its_tokenizer_pads_with(string kind)
    {
        IEnumerable<string> texts = s_alphabet.Concat(TinyTexts.Rows().Select(r => r.Text));
        using TextClassificationTransformer words = RandomClassifier.Encoder(kind == "WordPiece" ? RandomClassifier.WordPiece(texts) : RandomClassifier.ByteLevel(texts));
        TextModel<SequenceClassifier> model = Model(words);
        int pad = model.Tokenizer.VocabSize - 8;
        TextEncoderConfig config = model.Config.Encoder with { Family = TextEncoderFamily.Roberta, PadTokenId = pad, MaxPositions = pad + 41, InitializerRange = 0.3 };
        using var whole = new TextEncoderTransformer(_ml, new(new TextEncoder(config, 2), model.Tokenizer, model.Config with { Encoder = config }), new() { InputColumnName = "Text", OutputColumnName = "Vector" });
        IDataView corpus = TinyTexts.View(_ml, 3);
        using TextEncoderTransformer smaller = whole.Compress(new() { Corpus = corpus });
        smaller.Model.Config.Encoder.PadTokenId.Should().Be(pad);
        smaller.Model.Config.Encoder.VocabSize.Should().BeLessThan(config.VocabSize);
        smaller.Transform(corpus).GetColumn<float[]>("Vector").SelectMany(v => v).Should().Equal(whole.Transform(corpus).GetColumn<float[]>("Vector").SelectMany(v => v));
    }

    [Fact]
    public void Tokens_used_too_seldom_go_as_well()
    {
        using TextClassificationTransformer whole = Classifier("WordPiece"), all = whole.Compress(new() { Corpus = _data }), frequent = whole.Compress(new() { Corpus = _data, MinTokenUses = 20 });
        Model(frequent).Tokenizer.VocabSize.Should().BeLessThan(Model(all).Tokenizer.VocabSize);
    }

    [Fact]
    public void Masked_words_are_guessed_among_the_words_that_are_left()
    {
        using TextEncoderTransformer whole = Encoder(withHeads: true), smaller = whole.Compress(new() { Corpus = _data });
        smaller.HasMaskedLanguageModel.Should().BeTrue();
        IReadOnlyList<WordProbability> before = whole.FillMask("a [MASK] film", whole.Model.Tokenizer.VocabSize)[0], after = smaller.FillMask("a [MASK] film", smaller.Model.Tokenizer.VocabSize)[0];
        after.Count.Should().BeLessThan(before.Count);
        after.Select(w => w.Word).Should().Equal(before.Select(w => w.Word).Intersect(after.Select(w => w.Word)));
    }

    [Fact]
    public void Everything_together_is_saved_and_comes_back_to_the_last_bit()
    {
        using TextClassificationTransformer whole = Classifier("WordPiece", "Category");
        using TextClassificationTransformer smaller = whole.Compress(new()
        {
            Corpus = _data,
            LayerCount = 2,
            PrunedHeadFraction = 0.25,
            HeadData = _data,
            LabelColumnName = "Category",
            StoredWeights = WeightStorage.Int8,
        });
        (float[] scores, string first, string second) = (Scores(smaller), _folder.File("first.zip"), _folder.File("second.zip"));
        _ml.Model.Save(smaller, _data.Schema, first);
        using var loaded = (TextClassificationTransformer)new MLContext().Model.Load(first, out _);
        Scores(loaded).Should().Equal(scores);
        loaded.Options.Should().Be(smaller.Options);
        Model(loaded).Config.Encoder.PrunedHeads.Should().BeEquivalentTo(Model(smaller).Config.Encoder.PrunedHeads).And.HaveCount(1);
        _ml.Model.Save(loaded, _data.Schema, second);
        using var again = (TextClassificationTransformer)new MLContext().Model.Load(second, out _);
        Scores(again).Should().Equal(scores);
        (string[] columns, string[][] rows) = FreshProcess.Score(first, _data.GetColumn<string>("Text").Take(3));
        int score = Array.FindIndex(columns, c => c.StartsWith("Score", StringComparison.Ordinal));
        rows.SelectMany(r => r[score].Split(' ')).Select(v => float.Parse(v, CultureInfo.InvariantCulture)).Should().Equal(scores.Take(6), (a, b) => Math.Abs(a - b) < 1e-5f);
        // A checkpoint is plain, in 32 bits.
        loaded.SaveCheckpoint(_folder.File("plain"));
        using (ITensorStore store = SafetensorsFile.Open(Path.Combine(_folder.File("plain"), CheckpointFiles.Safetensors)))
            store.Entries.Values.Should().OnlyContain(e => e.Type == TorchSharp.torch.ScalarType.Float32);
        File.ReadAllText(Path.Combine(_folder.File("plain"), ConfigFile.Name)).Should().Contain("\"pruned_heads\"");
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", _folder.File("plain")).Fit(_data);
        encoder.Model.Config.Encoder.PrunedHeads.Should().HaveCount(1);
    }

    [Theory]
    [InlineData(WeightStorage.Int8, 0.35, 0.999)]
    [InlineData(WeightStorage.BFloat16, 0.55, 0.99999)]
    public void Vectors_stay_near_at_a_fraction_of_the_bytes(WeightStorage storage, double size, double cosine)
    {
        using TextEncoderTransformer whole = Encoder(hiddenSize: 64), smaller = whole.Compress(new() { StoredWeights = storage });
        CompressionReport report = CompressionReport.Of(whole, smaller, _data);
        ((double)report.After.Bytes / report.Before.Bytes).Should().BeLessThan(size);
        report.Agreement.Should().BeInRange(cosine, 1 + 1e-6);
        report.Metric.Should().BeNull();
        _ml.Model.Save(smaller, _data.Schema, _folder.File("model.zip"));
        using var loaded = (TextEncoderTransformer)new MLContext().Model.Load(_folder.File("model.zip"), out _);
        Vectors(loaded).Should().Equal(Vectors(smaller));
    }

    [Fact]
    public void Heads_are_judged_by_labels_numbers_sets_or_vectors()
    {
        var heads = new CompressionOptions { PrunedHeadFraction = 0.5, HeadData = _data, LabelColumnName = "Flag", HeadRows = 20 };
        using TextEncoderTransformer encoder = Encoder();
        using TextEncoderTransformer vectors = encoder.Compress(heads with { LabelColumnName = "nowhere" });
        CompressionReport.Of(encoder, vectors, _data).After.Heads.Should().Be(3);

        IDataView numbers = _ml.Transforms.Conversion.ConvertType("Number", "Flag").Fit(_data).Transform(_data);
        using TextRegressionTransformer regression = _ml.Regression.Trainers.FineTuneText(encoder, new FineTuneTextRegressionOptions { LabelColumnName = "Number", MaxSteps = 2, Seed = 1 }).Fit(numbers);
        using TextRegressionTransformer number = regression.Compress(heads with { HeadData = numbers, LabelColumnName = "Number" });
        CompressionReport.Of(regression, number, numbers, "Number").After.Heads.Should().Be(3);

        using TextClassificationTransformer binary = _ml.BinaryClassification.Trainers.FineTuneText(encoder, new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 2, Seed = 1 }).Fit(_data);
        using TextClassificationTransformer flag = binary.Compress(heads);
        CompressionReport.Of(binary, flag, _data, "Flag").Before.Heads.Should().Be(6);

        IDataView sets = _ml.Transforms.Conversion.MapValueToKey("Topics").Fit(Topics()).Transform(Topics());
        using MultiLabelTransformer labels = _ml.MulticlassClassification.Trainers.FineTuneMultiLabel(encoder, new FineTuneMultiLabelOptions { LabelColumnName = "Topics", MaxSteps = 2, Seed = 1 }).Fit(sets);
        using MultiLabelTransformer smaller = labels.Compress(heads with { HeadData = sets, LabelColumnName = "Topics" });
        smaller.Thresholds.Should().Equal(labels.Thresholds);
        CompressionReport report = CompressionReport.Of(labels, smaller, sets, "Topics");
        (report.Before.Heads, report.After.Heads, report.Metric, report.Rows).Should().Be((6, 3, "MicroF1", 60));
        report.MetricBefore.Should().BeApproximately(MicroF1(labels, sets), 1e-9);
        report.MetricAfter.Should().BeApproximately(MicroF1(smaller, sets), 1e-9);
        report.Agreement.Should().BeInRange(0, 1);
        CompressionReport.Of(labels, labels, sets, "Topics").Agreement.Should().Be(1);
        // Its encoder, without the labels.
        using TextEncoderTransformer own = _ml.Transforms.Text.EncodeText("Vector", "Text", smaller).Fit(_data);
        own.Model.Config.Encoder.PrunedHeads.Should().BeEquivalentTo(((EncoderPredictor)smaller.Model).TextModel.Config.Encoder.PrunedHeads);

        IDataView Topics() => _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Select(r => new TopicRow { Text = r.Text, Topics = r.Flag ? ["good", "film"] : ["film"] }));
    }

    [Fact]
    public void A_compressed_model_is_trained_on_as_any_other()
    {
        using TextClassificationTransformer whole = Classifier("WordPiece", "Category");
        using TextClassificationTransformer smaller = whole.Compress(new() { Corpus = _data, PrunedHeads = new Dictionary<int, IReadOnlyList<int>> { [0] = [1] }, LayerCount = 2, LayerMap = LayerMap.Last });
        FineTuneTextOptions training = new() { LabelColumnName = "Flag", Epochs = 20, LearningRate = 3e-3, Seed = 1, Lora = new() { Targets = LoraTargets.All } };
        using TextClassificationTransformer trained = _ml.BinaryClassification.Trainers.FineTuneText(smaller, training).Fit(_data);
        _ml.BinaryClassification.Evaluate(trained.Transform(_data), "Flag").Accuracy.Should().BeGreaterThan(0.9);
        Model(trained).Config.Encoder.Should().BeEquivalentTo(Model(smaller).Config.Encoder, o => o.Excluding(c => c.HasPooler));
    }

    [Fact]
    public void The_given_model_stays_as_it_is_and_nothing_is_left_of_a_compressed_one()
    {
        using TextClassificationTransformer whole = Classifier("WordPiece", "Category");
        float[] before = Scores(whole);
        // A parameter made of a tensor counts for ever, so few and many are compared.
        LiveTensors.ShouldNotGrow(() => Compress(8), () => Compress(60));
        Scores(whole).Should().Equal(before);

        void Compress(int rows) => whole.Compress(new() { Corpus = _data, PrunedHeadFraction = 0.5, HeadData = _data, LabelColumnName = "Category", HeadRows = rows, StoredWeights = WeightStorage.Int8 }).Dispose();
    }

    // Twice the labels found, over those given and those there.
    private static double MicroF1(MultiLabelTransformer model, IDataView data)
    {
        IDataView scored = model.Transform(data);
        (uint[][] said, uint[][] there) = ([.. scored.GetColumn<uint[]>("PredictedLabel")], [.. scored.GetColumn<uint[]>("Topics")]);
        return 2.0 * said.Zip(there).Sum(pair => pair.First.Intersect(pair.Second).Count()) / (said.Sum(s => s.Length) + there.Sum(t => t.Length));
    }

    private static TextModel<SequenceClassifier> Model(TextClassificationTransformer transformer) => ((EncoderPredictor)transformer.Model).TextModel;

    // Three layers of two heads; of some classes, or of the trainings' two.
    private TextClassificationTransformer Classifier(string kind, string? label = null)
    {
        IEnumerable<string> texts = s_alphabet.Concat(TinyTexts.Rows().Select(r => r.Text));
        if (label is null) return RandomClassifier.Encoder(kind == "WordPiece" ? RandomClassifier.WordPiece(texts) : RandomClassifier.ByteLevel(texts), classes: ["good", "bad", "other"]);
        using TextEncoderTransformer encoder = Encoder();
        return _ml.MulticlassClassification.Trainers.FineTuneText(encoder, new FineTuneTextOptions { LabelColumnName = label, MaxSteps = 3, Seed = 1 }).Fit(_data);
    }

    private TextEncoderTransformer Encoder(bool withHeads = false, int hiddenSize = 16)
    {
        var scratch = new ScratchEncoder { LayerCount = 3, HiddenSize = hiddenSize, HeadCount = 2, MaxPositions = 32, Vocabulary = RandomClassifier.WordPiece(s_alphabet.Concat(TinyTexts.Rows().Select(r => r.Text))) };
        if (withHeads) return _ml.Transforms.Text.PretrainBert("Vector", "Text", new PretrainBertOptions { Encoder = scratch, MaxSteps = 1, MaxLength = 16, Seed = 1 }).Fit(_data);
        return _ml.Transforms.Text.EncodeText("Vector", "Text", scratch).Fit(_data);
    }

    private float[] Scores(TextClassificationTransformer model, IDataView? data = null) => [.. model.Transform(data ?? _data).GetColumn<float[]>("Score").SelectMany(s => s)];

    private float[] Vectors(TextEncoderTransformer model) => [.. model.Transform(_data).GetColumn<float[]>("Vector").SelectMany(s => s)];

    private sealed class TopicRow
    {
        public string Text { get; set; } = "";

        public string[] Topics { get; set; } = [];
    }
}
