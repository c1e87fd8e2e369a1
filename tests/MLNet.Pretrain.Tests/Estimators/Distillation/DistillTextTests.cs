using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Distillation;

/// <summary>Students of fitted pipelines: whose answers they learn, from which rows, and what they are afterwards.</summary>
public sealed class DistillTextTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_student_learns_what_its_teacher_says_against_the_labels()
    {
        // All labels are wrong: whoever is right has learnt from the teacher.
        TinyTexts.Row[] rows = [.. TinyTexts.Rows(200)];
        IDataView truth = _ml.Data.LoadFromEnumerable(rows), lies = _ml.Data.LoadFromEnumerable(rows.Select(r => new TinyTexts.Row { Text = r.Text, Flag = !r.Flag }));
        ITransformer teacher = Stock().Fit(truth);
        foreach (IEstimator<TextClassificationTransformer> student in Students(DistillationTeacher.Of(teacher), new() { HardLabelWeight = 0 }))
        {
            using TextClassificationTransformer model = student.Fit(lies);
            _ml.BinaryClassification.Evaluate(model.Transform(truth), "Flag").Accuracy.Should().BeGreaterThan(0.95, student.GetType().Name);
        }
    }

    [Fact]
    public void Rows_without_a_label_and_transfer_data_teach_too()
    {
        // Two labelled rows of one class each, and texts.
        TinyTexts.Row[] rows = [.. TinyTexts.Rows(200)];
        IDataView truth = _ml.Data.LoadFromEnumerable(rows);
        IDataView few = _ml.Data.LoadFromEnumerable(rows.Take(40).Select((r, i) => new FewRow { Text = r.Text, Known = i < 2 ? (r.Flag ? 1 : 0) : float.NaN }));
        IDataView texts = _ml.Data.LoadFromEnumerable(rows.Skip(40).Select(r => new TextRow { Text = r.Text }));
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        // Its first step reads a column that texts alone do not have.
        ITransformer teacher = _ml.Transforms.Conversion.ConvertType("Wanted", "Flag").Append(Stock()).Fit(truth);
        FineTuneTextOptions training = Training();
        training.LabelColumnName = "Known";
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Of(teacher), TinyTexts.Encoder, training, new() { TransferData = texts }).Fit(few);
        _ml.BinaryClassification.Evaluate(model.Transform(truth), "Flag").Accuracy.Should().BeGreaterThan(0.95);
        log.Should().Contain(line => line.Contains("answered to 200 rows, 198 of them without a label", StringComparison.Ordinal));
    }

    [Fact]
    public void Classes_are_matched_by_name_whatever_the_order_of_the_teachers_and_the_students_keys()
    {
        TinyTexts.Row[] rows = [.. TinyTexts.Rows(120)];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        // Keys of the teacher in the order of occurrence (good, bad), of the student sorted (bad, good).
        ITransformer teacher = _ml.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(_ml.Transforms.Text.FeaturizeText("Features", "Text"))
            .Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()).Fit(data);
        FineTuneTextOptions training = Training();
        training.LabelColumnName = "Category";
        using TextClassificationTransformer model = _ml.MulticlassClassification.Trainers.DistillText(DistillationTeacher.Of(teacher), TinyTexts.Encoder, training, new() { HardLabelWeight = 0 }).Fit(data);
        model.Labels.Should().Equal("bad", "good");
        IDataView scored = _ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel").Fit(model.Transform(data)).Transform(model.Transform(data));
        scored.GetColumn<string>("Said").Should().Equal(rows.Select(r => r.Category));
    }

    [Fact]
    public void An_ensemble_is_the_mean_of_its_models_probabilities_and_a_column_is_what_was_scored_before()
    {
        IDataView data = TinyTexts.View(_ml, 60);
        ITransformer first = Stock(0.1f).Fit(data), second = Stock(1e-4f).Fit(data);
        float[] one = Probabilities(first), two = Probabilities(second);
        IDataView means = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(60).Select((r, i) => new ScoredRow { Text = r.Text, Flag = r.Flag, Probability = (one[i] + two[i]) / 2 }));
        byte[] ensemble = Weights(DistillationTeacher.Ensemble(first, second), data), column = Weights(DistillationTeacher.Column("Probability"), means);
        column.Length.Should().Be(ensemble.Length);
        // Half precision of a logarithm of a mean, taken by two ways.
        Floats(column).Should().Equal(Floats(ensemble), (a, b) => Math.Abs(a - b) < 2e-3);
        Weights(DistillationTeacher.Of(first), data).Should().NotEqual(ensemble);

        float[] Probabilities(ITransformer model) => [.. model.Transform(data).GetColumn<float>("Probability")];

        byte[] Weights(DistillationTeacher teacher, IDataView rows)
        {
            FineTuneTextOptions training = Training();
            (training.MaxSteps, training.Threads) = (3, 1);
            using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.DistillText(teacher, TinyTexts.Encoder, training).Fit(rows);
            model.SaveCheckpoint(_folder.File("out"));
            return File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors"));
        }

        float[] Floats(byte[] file)
        {
            File.WriteAllBytes(_folder.File("weights.safetensors"), file);
            using var opened = MLNet.Pretrain.Checkpoints.SafetensorsFile.Open(_folder.File("weights.safetensors"));
            return [.. opened.Entries.Keys.Order(StringComparer.Ordinal).SelectMany(name => opened.Read(name).to(TorchSharp.torch.float32).data<float>().ToArray())];
        }
    }

    [Fact]
    public void A_student_of_some_layers_begins_as_its_teacher_and_is_a_plain_checkpoint_that_lives_without_it()
    {
        IDataView data = TinyTexts.View(_ml, 120);
        TextClassificationTransformer model;
        using (TextClassificationTransformer teacher = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, Training()).Fit(data))
        {
            TextEncoderSource student = ((TextEncoderSource)teacher).WithLayers(1, LayerMap.Last);
            FineTuneTextOptions training = Training();
            training.MaxSteps = 30;
            model = _ml.BinaryClassification.Trainers.DistillText(teacher, student, training).Fit(data);
        }
        using TextClassificationTransformer own = model;
        _ml.BinaryClassification.Evaluate(own.Transform(data), "Flag").Accuracy.Should().BeGreaterThan(0.95);
        own.SaveCheckpoint(_folder.File("student"));
        File.ReadAllText(Path.Combine(_folder.File("student"), "config.json")).Should().Contain("\"num_hidden_layers\": 1");
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", _folder.File("student")).Fit(data);
        _ml.Model.Save(own, data.Schema, _folder.File("student.zip"));
        using var loaded = (TextClassificationTransformer)new MLContext().Model.Load(_folder.File("student.zip"), out _);
        loaded.Transform(data).GetColumn<float>("Score").Should().Equal(own.Transform(data).GetColumn<float>("Score"));
    }

    [Fact]
    public void Layers_come_of_a_regression_too_and_with_the_heads_of_pretraining()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(40).Select(r => new NumberRow { Text = r.Text, Number = r.Flag ? 2 : 1 }));
        FineTuneTextRegressionOptions Training() => new() { LabelColumnName = "Number", MaxSteps = 2, MaxLength = 24, Seed = 1 };
        using TextRegressionTransformer teacher = _ml.Regression.Trainers.FineTuneText(TinyTexts.Encoder, Training()).Fit(data);
        using TextRegressionTransformer student = _ml.Regression.Trainers.DistillText(teacher, ((TextEncoderSource)teacher).WithLayers(1), Training()).Fit(data);
        student.Transform(data).GetColumn<float>("Score").Should().OnlyContain(score => float.IsFinite(score));

        using TextEncoderTransformer bert = _ml.Transforms.Text.PretrainBert("Vector", "Text", new PretrainBertOptions { Encoder = TinyTexts.Encoder, MaxSteps = 2, MaxLength = 16, Seed = 1 }).Fit(data);
        using TextModel<TextEncoder> whole = ((TextEncoderSource)bert).Open(data, "Text", null, 1, () => { }), half = ((TextEncoderSource)bert).WithLayers(1).Open(data, "Text", null, 1, () => { });
        half.Network.Config.LayerCount.Should().Be(1);
        foreach ((var expected, var actual) in whole.Heads!.parameters().Zip(half.Heads!.parameters())) actual.data<float>().ToArray().Should().Equal(expected.data<float>().ToArray());
    }

    [Fact]
    public void Students_know_the_words_of_transfer_data()
    {
        IDataView data = TinyTexts.View(_ml, 20);
        // A column that texts alone do not have, and is not read for words.
        var distillation = new DistillationOptions { TransferData = _ml.Data.LoadFromEnumerable(Enumerable.Repeat(new TextRow { Text = "a xylophone" }, 20)) };
        DistillationTeacher teacher = DistillationTeacher.Of(Stock().Fit(data));
        using TextClassificationTransformer cnn = _ml.BinaryClassification.Trainers.DistillText(teacher, new TextCnnOptions { LabelColumnName = "Flag", FeatureMaps = 2, MaxSteps = 2, MinCount = 15 }, distillation).Fit(data);
        using TextClassificationTransformer lstm = _ml.BinaryClassification.Trainers.DistillText(teacher, new TextLstmOptions { LabelColumnName = "Flag", HiddenSize = 2, MaxSteps = 2 }, distillation).Fit(data);
        foreach (TextClassificationTransformer model in (TextClassificationTransformer[])[cnn, lstm]) ((WordSequenceEncoder)model.Model.Encoder).Words.Find("xylophone").Should().BeGreaterThanOrEqualTo(0);
        ((WordSequenceEncoder)cnn.Model.Encoder).Words.Find("slow").Should().Be(-1, "counts are those of both together");
        FineTuneTextOptions training = Training();
        training.MaxSteps = 2;
        using TextClassificationTransformer encoder = _ml.BinaryClassification.Trainers.DistillText(teacher, TinyTexts.Encoder, training, distillation).Fit(data);
        var ids = new MLNet.Pretrain.Tokenization.EncodedText();
        encoder.Model.Encoder.Encode("xylophone", 10, MLNet.Pretrain.Tokenization.TruncationStrategy.LongestFirst, ids);
        ids.Length.Should().Be(3, "it is one piece between two special tokens");
    }

    [Fact]
    public void Transfer_data_without_the_texts_is_refused()
    {
        IDataView data = TinyTexts.View(_ml, 20), other = _ml.Data.LoadFromEnumerable([new OtherRow { Sentence = "a" }]);
        var distillation = new DistillationOptions { TransferData = other };
        ITransformer teacher = Stock().Fit(data);
        FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Of(teacher), TinyTexts.Encoder, Training(), distillation).Fit(data))
            .Should().Throw<ArgumentException>().WithMessage("*TransferData has no column 'Text'; it has 'Sentence'*");
        FluentActions.Invoking(() => _ml.BinaryClassification.Distill(DistillationTeacher.Of(teacher), Stock(), "Flag", distillation: distillation).Fit(data))
            .Should().Throw<ArgumentException>().WithMessage("*TransferData has no column*it has 'Sentence'*");
    }

    [Fact]
    public void A_regression_learns_numbers_from_a_pipeline()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(120).Select((r, i) => new NumberRow { Text = r.Text, Number = i % 4 == 0 ? (r.Flag ? 200_000 : 100_000) : float.NaN }));
        IDataView told = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(120).Select(r => new NumberRow { Text = r.Text, Number = r.Flag ? 200_000 : 100_000 }));
        ITransformer teacher = _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.Regression.Trainers.Sdca("Number")).Fit(told);
        var training = new FineTuneTextRegressionOptions { LabelColumnName = "Number", Epochs = 20, BatchSize = 16, LearningRate = 3e-3, MaxLength = 24, Seed = 1 };
        using TextRegressionTransformer student = _ml.Regression.Trainers.DistillText(DistillationTeacher.Of(teacher), TinyTexts.Encoder, training).Fit(data);
        _ml.Regression.Evaluate(student.Transform(told), "Number").RootMeanSquaredError.Should().BeLessThan(20_000, "numbers beyond half precision are learnt, too, though all labels that are there are alike");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rows_to_validate_on_are_drawn_from_those_with_labels(int seeds)
    {
        // Ten labels among 200 rows and 100 of transfer data: drawn from all, three would hardly be among 90.
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(200).Select((r, i) => new NumberRow { Text = r.Text, Number = i % 20 <= 1 && i < 100 ? (r.Flag ? 1 : 0) : float.NaN }));
        ITransformer teacher = Stock().Fit(TinyTexts.View(_ml, 200));
        var evaluated = new List<IReadOnlyDictionary<string, double>>();
        FineTuneTextOptions training = Training();
        (training.LabelColumnName, training.ValidationFraction, training.Seeds, training.Epochs) = ("Number", 0.3, seeds, 6);
        training.Progress = new Reporter(p => { if (p.Metrics is { } metrics) evaluated.Add(metrics); });
        using TextClassificationTransformer student = Student(training).Fit(data);
        evaluated.Should().HaveCountGreaterThanOrEqualTo(seeds).And.OnlyContain(m => Math.Abs(m["Accuracy"] * 3 - Math.Round(m["Accuracy"] * 3)) < 1e-6, "each is of three rows");
        evaluated[^1]["Accuracy"].Should().Be(1);

        IEstimator<TextClassificationTransformer> Student(FineTuneTextOptions options) => _ml.BinaryClassification.Trainers.DistillText(
            DistillationTeacher.Of(teacher), TinyTexts.Encoder, options, new() { TransferData = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(100).Select(r => new TextRow { Text = r.Text })) });
    }

    [Fact]
    public void One_label_is_too_few_to_hold_any_out()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(20).Select((r, i) => new NumberRow { Text = r.Text, Number = i == 0 ? 1 : float.NaN }));
        FineTuneTextRegressionOptions training = new() { LabelColumnName = "Number", ValidationFraction = 0.5, MaxLength = 24, MaxSteps = 1, Seed = 1 };
        ITransformer teacher = _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.Regression.Trainers.Sdca("Number")).Fit(_ml.Data.LoadFromEnumerable([new NumberRow { Text = "a film", Number = 1 }, new NumberRow { Text = "dull", Number = 2 }]));
        FluentActions.Invoking(() => _ml.Regression.Trainers.DistillText(DistillationTeacher.Of(teacher), TinyTexts.Encoder, training).Fit(data))
            .Should().Throw<InvalidOperationException>().WithMessage("*ValidationFraction is 0.5, but 1 of the 20 training rows have a label; expected at least 2*ValidationData*");
    }

    [Fact]
    public void A_resumed_student_equals_the_uninterrupted_one_and_another_teacher_is_another_run()
    {
        IDataView truth = TinyTexts.View(_ml, 60);
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(60).Select((r, i) => new NumberRow { Text = r.Text, Number = i % 4 < 2 ? (r.Flag ? 1 : 0) : float.NaN }));
        ITransformer teacher = Stock().Fit(truth), other = Stock(1).Fit(truth);
        byte[] expected = Train("one", teacher, null);
        using var cancel = new CancellationTokenSource();
        FluentActions.Invoking(() => Train("two", teacher, cancel)).Should().Throw<OperationCanceledException>();
        Train("two", teacher, null).Should().Equal(expected);
        FluentActions.Invoking(() => Train("two", other, null)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: task was answers*");

        byte[] Train(string checkpoints, ITransformer by, CancellationTokenSource? stop)
        {
            FineTuneTextOptions training = Training();
            (training.MaxSteps, training.Threads, training.CheckpointDirectory, training.CheckpointEverySteps, training.Resume) = (20, 1, _folder.File(checkpoints), 4, true);
            (training.LabelColumnName, training.ValidationFraction) = ("Number", 0.3);
            if (stop is not null) (training.CancellationToken, training.Progress) = (stop.Token, new Reporter(p => { if (p.Step == 10) stop.Cancel(); }));
            using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Of(by), TinyTexts.Encoder, training).Fit(data);
            model.SaveCheckpoint(_folder.File("out"));
            return File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors"));
        }
    }

    [Fact]
    public void Many_steps_leave_no_more_tensors_than_few()
    {
        IDataView data = TinyTexts.View(_ml, 60);
        using TextClassificationTransformer teacher = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, Training()).Fit(data);
        LiveTensors.ShouldNotGrow(() => Steps(2), () => Steps(60));

        void Steps(long steps)
        {
            FineTuneTextOptions training = Training();
            (training.Epochs, training.MaxSteps, training.ValidationFraction) = (100, steps, 0.2);
            _ml.BinaryClassification.Trainers.DistillText(teacher, TinyTexts.Encoder, training).Fit(data).Dispose();
        }
    }

    private IEnumerable<IEstimator<TextClassificationTransformer>> Students(DistillationTeacher teacher, DistillationOptions distillation)
    {
        FineTuneTextOptions adapted = Training();
        (adapted.Lora, adapted.LearningRate) = (new() { Rank = 4, Targets = LoraTargets.All }, 2e-2);
        yield return _ml.BinaryClassification.Trainers.DistillText(teacher, TinyTexts.Encoder, Training(), distillation);
        yield return _ml.BinaryClassification.Trainers.DistillText(teacher, TinyTexts.Encoder, adapted, distillation);
        yield return _ml.BinaryClassification.Trainers.DistillText(teacher, new TextCnnOptions { LabelColumnName = "Flag", EmbeddingSize = 8, FeatureMaps = 8, Epochs = 20, BatchSize = 16, LearningRate = 1e-2, Seed = 1 }, distillation);
        yield return _ml.BinaryClassification.Trainers.DistillText(teacher, new TextLstmOptions { LabelColumnName = "Flag", EmbeddingSize = 8, HiddenSize = 8, Epochs = 10, BatchSize = 16, LearningRate = 1e-2, Seed = 1 }, distillation);
    }

    private EstimatorChain<BinaryPredictionTransformer<Microsoft.ML.Calibrators.CalibratedModelParametersBase<Microsoft.ML.Trainers.LinearBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>>> Stock(float l2 = 1e-3f) =>
        _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.SdcaLogisticRegression("Flag", l2Regularization: l2));

    private static FineTuneTextOptions Training() => new() { LabelColumnName = "Flag", Epochs = 12, BatchSize = 16, LearningRate = 3e-3, MaxLength = 24, Seed = 1 };

    private sealed class OtherRow
    {
        public string Sentence { get; set; } = "";
    }

    private sealed class TextRow
    {
        public string Text { get; set; } = "";
    }

    private sealed class FewRow
    {
        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        public float Known { get; set; }
    }

    private sealed class NumberRow
    {
        public string Text { get; set; } = "";

        public float Number { get; set; }
    }

    private sealed class ScoredRow
    {
        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        public float Probability { get; set; }
    }
}
