using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text.Pretraining;

public sealed class PretrainBertTests : IDisposable
{
    private static readonly string[] s_colours = ["red", "green", "blue", "black"], s_sounds = ["loud", "soft", "shrill", "deep"];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SequencePacking.FullSequences, TrainingPrecision.Float32)]
    [InlineData(SequencePacking.FullSequences, TrainingPrecision.BFloat16)]
    [InlineData(SequencePacking.Documents, TrainingPrecision.Float32)]
    public void Hidden_words_are_found_from_their_context(SequencePacking packing, TrainingPrecision precision)
    {
        double accuracy = 0;
        using TextEncoderTransformer model = Fit(o =>
        {
            (o.Packing, o.MaxSteps, o.Epochs, o.Precision, o.ValidationFraction, o.Dropout) = (packing, 700, 1000, precision, 0.1, 0);
            o.Encoder = TinyTexts.Encoder with { HiddenSize = 32 };
            o.Progress = new Reporter(p => accuracy = p.Metrics?["WordAccuracy"] ?? accuracy);
        });
        accuracy.Should().BeGreaterThan(0.6, "all words but the colour or sound follow from the others");
        string[] best = [.. model.FillMask("the paint is [MASK] today\nthe paint was red then", 4)[0].Select(w => w.Word)];
        best[0].Should().BeOneOf(s_colours);
        best.Intersect(s_colours).Should().HaveCountGreaterThanOrEqualTo(3, $"of {string.Join(", ", best)}");
        model.FillMask("the horn is [MASK] and the paint is [MASK] today", 1).Should().HaveCount(2);
        model.PseudoPerplexity(["the paint is red today"]).Perplexity.Should().BeLessThan(model.PseudoPerplexity(["today red is paint the"]).Perplexity);
    }

    [Fact]
    public void Passages_of_one_document_come_near_each_other()
    {
        using TextEncoderTransformer model = Fit(o => (o.Packing, o.MaxSteps, o.Epochs, o.Normalize) = (SequencePacking.SameDocumentPairs, 120, 1000, true));
        float[][] vectors = [.. model.Transform(View(["the paint is red", "the paint is black", "the horn is loud"])).GetColumn<float[]>("Vector")];
        Dot(vectors[0], vectors[1]).Should().BeGreaterThan(Dot(vectors[0], vectors[2]) + 0.2f);
    }

    [Theory]
    [InlineData(SequencePacking.NextSentencePairs)]
    [InlineData(SequencePacking.SentenceOrderPairs)]
    public void What_is_asked_of_pairs_is_learnt(SequencePacking packing)
    {
        double accuracy = 0;
        using TextEncoderTransformer model = Fit(o =>
        {
            (o.Packing, o.MaxSteps, o.Epochs, o.ValidationFraction, o.BatchSize) = (packing, 250, 1000, 0.1, 32);
            o.Encoder = TinyTexts.Encoder with { Pooler = true, HiddenSize = 32, Dropout = 0 };
            o.Progress = new Reporter(p => accuracy = p.Metrics?["PairAccuracy"] ?? accuracy);
        }, Ordered(300));
        accuracy.Should().BeGreaterThan(0.8, "guessing gives 0.5");
    }

    [Fact]
    public void A_saved_checkpoint_keeps_the_heads_and_goes_on_learning()
    {
        string checkpoint = _folder.File("checkpoint");
        IReadOnlyList<WordProbability> before;
        using (TextEncoderTransformer model = Fit(o => (o.MaxSteps, o.Epochs) = (120, 1000)))
        {
            model.SaveCheckpoint(checkpoint);
            before = model.FillMask("the paint is [MASK] today")[0];
        }
        JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "config.json")))!["architectures"]![0]!.GetValue<string>().Should().Be("BertForMaskedLM");
        using TextEncoderTransformer loaded = _ml.Transforms.Text.EncodeText("Vector", "Text", checkpoint).Fit(View(["a"]));
        loaded.FillMask("the paint is [MASK] today")[0].Select(w => (w.Word, Math.Round(w.Probability, 4))).Should().Equal(before.Select(w => (w.Word, Math.Round(w.Probability, 4))));

        double firstLoss = 0;
        using TextEncoderTransformer continued = Fit(o => (o.Encoder, o.MaxSteps, o.Progress) = (checkpoint, 5, new Reporter(p => firstLoss = firstLoss == 0 ? p.Loss : firstLoss)));
        firstLoss.Should().BeLessThan(3, "a new head would begin at the logarithm of the vocabulary's size, over 3");
    }

    [Fact]
    public void The_fitted_transformer_feeds_fine_tuning_and_is_saved_through_MLContext()
    {
        using TextEncoderTransformer encoder = Fit(o => o.MaxSteps = 10);
        using TextClassificationTransformer tuned = _ml.BinaryClassification.Trainers.FineTuneText(encoder, new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 2, MaxLength = 24 }).Fit(TinyTexts.View(_ml));
        tuned.Transform(TinyTexts.View(_ml)).GetColumn<float>("Probability").Should().OnlyContain(p => p >= 0 && p <= 1);

        IDataView data = View(["the paint is red", "the horn is loud"]);
        _ml.Model.Save(encoder, data.Schema, _folder.File("model.zip"));
        using var loaded = (TextEncoderTransformer)new MLContext().Model.Load(_folder.File("model.zip"), out _);
        loaded.Transform(data).GetColumn<float[]>("Vector").Should().BeEquivalentTo(encoder.Transform(data).GetColumn<float[]>("Vector"), o => o.Using<float>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-6f)).WhenTypeIs<float>());
        loaded.FillMask("the paint is [MASK]").Should().ContainSingle();
    }

    [Fact]
    public void The_metrics_file_has_a_line_a_step_and_a_resumed_run_goes_on_in_it()
    {
        string file = _folder.File("run/training.jsonl");
        void Configure(PretrainBertOptions o)
        {
            (o.MaxSteps, o.Epochs, o.ValidationFraction, o.MetricsFile, o.CheckpointDirectory, o.CheckpointEverySteps, o.Resume, o.Threads) = (12, 1000, 0.2, file, _folder.File("checkpoints"), 4, true, 1);
        }

        using var cancel = new CancellationTokenSource();
        FluentActions.Invoking(() => Fit(o =>
        {
            Configure(o);
            (o.CancellationToken, o.Progress) = (cancel.Token, new Reporter(p => { if (p.Step == 7) cancel.Cancel(); }));
        })).Should().Throw<OperationCanceledException>();
        File.AppendAllText(file, "{\"step\":9,\"loss\":1}\n{\"step\":1");   // as a killed process would leave it
        Fit(Configure).Dispose();
        JsonNode[] lines = [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!)];
        lines.Select(line => line["step"]!.GetValue<long>()).Should().Equal(Enumerable.Range(1, 12).Select(i => (long)i));
        lines[^1]["validation"]!["WordPerplexity"]!.GetValue<double>().Should().BePositive();
        lines.Should().OnlyContain(line => line["modelFlopsUtilization"]!.GetValue<double>() > 0 && line["dataWaitShare"]!.GetValue<double>() >= 0);
    }

    [Fact]
    public void A_resumed_run_equals_the_uninterrupted_one_to_the_last_bit()
    {
        byte[] whole = Trained("whole", interruptAt: null), resumed = Trained("parts", interruptAt: 6);
        resumed.Should().Equal(whole);
    }

    [Theory]
    [InlineData(SequencePacking.FullSequences)]
    [InlineData(SequencePacking.SameDocumentPairs)]
    public void Many_steps_leave_no_more_tensors_than_few(SequencePacking packing)
    {
        void Run(long steps) => Fit(o => (o.Packing, o.MaxSteps, o.Epochs, o.BatchSize) = (packing, steps, 1000, 4)).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(20), () => Run(200));
    }

    [Fact]
    public void Two_hundred_questions_leave_no_tensor_behind()
    {
        using TextEncoderTransformer model = Fit(o => o.MaxSteps = 2);
        model.FillMask("the paint is [MASK]");
        LiveTensors.ShouldLeaveNone(() =>
        {
            for (int i = 0; i < 200; i++) model.FillMask("the paint is [MASK]");
            model.PseudoPerplexity(Enumerable.Repeat("the paint is red", 50));
        });
    }

    [Fact]
    public void What_cannot_be_pretrained_on_is_refused_in_words()
    {
        Refused<InvalidOperationException>(_ => { }, View([])).WithMessage("*there are no training rows*'Text'*");
        Refused<InvalidOperationException>(_ => { }, View(["", "  \n"])).WithMessage("*hold no text*");
        Refused<InvalidOperationException>(o => o.Packing = SequencePacking.SameDocumentPairs, View(["one document only"])).WithMessage("*there is 1 training document; expected 2 or more*");
        Refused<ArgumentException>(o => (o.Packing, o.Encoder) = (SequencePacking.NextSentencePairs, TinyTexts.Encoder)).WithMessage("*has no pooler*Pooler = true*");
        Refused<ArgumentException>(o => o.MaxLength = 4096).WithMessage("*MaxLength is 4096*positions for 32*");
        Refused<ArgumentException>(o => o.MaskProbability = 0).WithMessage("*MaskProbability is 0; expected*");
        Refused<ArgumentException>(o => (o.MaskTokenShare, o.RandomTokenShare) = (0.8, 0.3)).WithMessage("*RandomTokenShare is 0.3*");
        Refused<ArgumentException>(o => o.DocumentColumnName = "Missing").WithMessage("*Missing*");
    }

    [Fact]
    public void A_text_shorter_than_a_row_is_a_short_row()
    {
        using TextEncoderTransformer model = Fit(o => (o.MaxLength, o.MaxSteps) = (32, 2), View(["two words"]));
        model.HasMaskedLanguageModel.Should().BeTrue();
    }

    [Fact]
    public void A_vocabulary_without_its_special_tokens_is_named()
    {
        string checkpoint = _folder.File("broken");
        using (TextEncoderTransformer model = Fit(o => o.MaxSteps = 1)) model.SaveCheckpoint(checkpoint);
        string vocabulary = Path.Combine(checkpoint, "vocab.txt");
        File.WriteAllLines(vocabulary, File.ReadAllLines(vocabulary).Where(entry => entry != "[MASK]"));
        Refused<InvalidDataException>(o => o.Encoder = checkpoint).WithMessage("*has no '[MASK]'*");
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_training_says_where_and_keeps_the_last_checkpoint()
    {
        var exception = FluentActions.Invoking(() => Fit(o =>
        {
            (o.LearningRate, o.WarmupSteps, o.MaxGradientNorm, o.MaxSteps, o.Epochs, o.CheckpointDirectory, o.CheckpointEverySteps) = (1e30, 3, 0, 500, 1000, _folder.File("diverged"), 1);
        })).Should().Throw<TrainingDivergedException>().Which;
        exception.Message.Should().Contain("learning rate").And.Contain($"step {exception.Step}").And.Contain(_folder.File("diverged"));
        // The newest that a resumed run finds is of finite losses, and it is the one that is named.
        string[] kept = [.. Directory.GetDirectories(_folder.File("diverged"), "step-*").Where(folder => !folder.EndsWith(".diverged", StringComparison.Ordinal)).Order()];
        kept.Should().NotBeEmpty();
        exception.Message.Should().Contain(kept[^1]);
        foreach (string folder in kept)
        {
            using var file = MLNet.Pretrain.Checkpoints.SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
            foreach (string name in file.Entries.Keys)
            {
                using TorchSharp.torch.Tensor weights = file.Read(name).to(TorchSharp.torch.float32);
                weights.abs().max().item<float>().Should().BeLessThan(1e3f, $"{name} in {folder}");
            }
        }
    }

    [Fact]
    public void An_encoder_without_the_head_says_what_is_missing()
    {
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml));
        encoder.HasMaskedLanguageModel.Should().BeFalse();
        FluentActions.Invoking(() => encoder.FillMask("a [MASK]")).Should().Throw<InvalidOperationException>().WithMessage("*no masked-language-model head*");
        using TextEncoderTransformer pretrained = Fit(o => o.MaxSteps = 1);
        FluentActions.Invoking(() => pretrained.FillMask("no gap")).Should().Throw<ArgumentException>().WithMessage("*has no ?MASK?;*");
        FluentActions.Invoking(() => pretrained.PseudoPerplexity([])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Pairs_drawn_without_a_seed_are_drawn_again_by_the_run_that_goes_on()
    {
        void Configure(PretrainBertOptions o) =>
            (o.Seed, o.MaxSteps, o.Epochs, o.BatchSize, o.CheckpointDirectory, o.Resume, o.Threads, o.Packing) = (null, 8, 1000, 8, _folder.File("seedless"), true, 1, SequencePacking.SameDocumentPairs);

        using var cancel = new CancellationTokenSource();
        FluentActions.Invoking(() => Fit(o =>
        {
            Configure(o);
            (o.CancellationToken, o.Progress) = (cancel.Token, new Reporter(p => { if (p.Step == 5) cancel.Cancel(); }));
        })).Should().Throw<OperationCanceledException>();
        long first = 0;
        Fit(o =>
        {
            Configure(o);
            o.Progress = new Reporter(p => first = first == 0 ? p.Step : first);
        }).Dispose();   // the context's next random number is another
        first.Should().Be(6);
    }

    private byte[] Trained(string name, int? interruptAt)
    {
        void Configure(PretrainBertOptions o)
        {
            (o.MaxSteps, o.Epochs, o.BatchSize, o.CheckpointDirectory, o.CheckpointEverySteps, o.Resume, o.Threads, o.Packing) = (14, 1000, 8, _folder.File(name), 4, true, 1, SequencePacking.SameDocumentPairs);
        }

        if (interruptAt is { } step)
        {
            using var cancel = new CancellationTokenSource();
            FluentActions.Invoking(() => Fit(o =>
            {
                Configure(o);
                (o.CancellationToken, o.Progress) = (cancel.Token, new Reporter(p => { if (p.Step == step) cancel.Cancel(); }));
            })).Should().Throw<OperationCanceledException>();
        }
        using TextEncoderTransformer model = Fit(Configure);
        model.SaveCheckpoint(_folder.File(name + "-out"));
        return File.ReadAllBytes(Path.Combine(_folder.File(name + "-out"), "model.safetensors"));
    }

    private FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(Action<PretrainBertOptions> configure, IDataView? data = null) where T : Exception =>
        FluentActions.Invoking(() => Fit(configure, data).Dispose()).Should().Throw<T>();

    private TextEncoderTransformer Fit(Action<PretrainBertOptions> configure, IDataView? data = null)
    {
        var options = new PretrainBertOptions { Encoder = TinyTexts.Encoder, MaxLength = 24, BatchSize = 16, LearningRate = 5e-3, Epochs = 2, Seed = 3 };
        configure(options);
        return _ml.Transforms.Text.PretrainBert("Vector", "Text", options).Fit(data ?? View(Lines(200)));
    }

    // Each a document of two sentences about paint, or about a horn.
    private static IEnumerable<string> Lines(int count) => Enumerable.Range(0, count).Select(i => i % 2 == 0
        ? $"the paint is {s_colours[i / 2 % 4]} today\nthe paint was {s_colours[i / 8 % 4]} then"
        : $"the horn is {s_sounds[i / 2 % 4]} today\nthe horn was {s_sounds[i / 8 % 4]} then");

    // Documents whose sentences begin with "first" and end with "last", each about its own thing.
    private IDataView Ordered(int count) => View(Enumerable.Range(0, count).Select(i =>
    {
        string thing = i % 2 == 0 ? s_colours[i / 2 % 4] : s_sounds[i / 2 % 4];
        return $"first {thing} begins\nlast {thing} ends";
    }));

    private IDataView View(IEnumerable<string> texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));

    private static float Dot(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
