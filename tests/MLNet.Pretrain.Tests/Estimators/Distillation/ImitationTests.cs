using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Distillation;

/// <summary>Students that imitate the layers of their teacher beside its answers.</summary>
public sealed class ImitationTests : IDisposable
{
    // Both have the vocabulary of the same texts.
    private static readonly ScratchEncoder s_teacher = TinyTexts.Encoder with { Dropout = 0 }, s_student = s_teacher with { LayerCount = 1, HiddenSize = 8 };

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public ImitationTests() => _data = Weighted();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_loss_is_that_of_the_answers_and_what_the_runs_of_both_encoders_are_apart(bool miniLm, bool weighted)
    {
        const double weight = 0.5;
        using DisposeScope scope = NewDisposeScope();
        using TextModel<TextEncoder> student = Open(s_student), teacher = Open(s_teacher);
        (Tensor ids, Tensor mask) = Batch(student.Tokenizer);
        Tensor? weights = weighted ? tensor(_data.GetColumn<float>("Weight").ToArray()) : null;
        EncoderTrace Trace(TextModel<TextEncoder> model) => model.Network.Trace(ids, mask, null, new() { Embeddings = true, Hidden = [0], Scores = [0, model.Network.Config.LayerCount - 1], Values = true });
        (EncoderTrace own, EncoderTrace theirs) = (Trace(student), Trace(teacher));
        Tensor expected = miniLm
            ? MiniLmLoss.Encoder(own, theirs, mask, weights)
            : new TinyBertLoss(student.Network.Config, teacher.Network.Config, 1).Encoder(own, theirs, [0], mask, weights);
        double imitating = Loss(miniLm ? EncoderImitation.MiniLm(s_teacher, weight) : EncoderImitation.TinyBert(s_teacher, LayerMap.Of(0), weight)), alone = Loss(null);
        (imitating - alone).Should().BeApproximately(weight * expected.item<float>(), 1e-4);

        double Loss(EncoderImitation? imitation)
        {
            double loss = double.NaN;
            FineTuneTextOptions training = Training();
            (training.MaxSteps, training.BatchSize, training.ExampleWeightColumnName, training.Progress) = (1, 100, weighted ? "Weight" : null, new Reporter(p => loss = p.Loss));
            Fit(imitation, training).Dispose();
            return loss;
        }
    }

    [Fact]
    public void A_row_of_weight_2_counts_as_two_rows()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = rand(2, 3, 4), mask = tensor(new[] { true, true, false, true, false, false }).view(2, 3, 1), once = values[0..1], twice = values[1..2];
        Tensor sum = MaskedMean.Of(values, mask, tensor(new[] { 1f, 2f })) * (3 * 4);
        sum.ShouldBeNear(once.masked_select(mask[0..1]).sum() + 2 * twice.masked_select(mask[1..2]).sum(), 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_imitates_comes_nearer_to_the_teachers_layers_than_who_learns_answers_alone(bool miniLm)
    {
        FineTuneTextOptions other = Training();
        other.Seed = 2;
        using TextClassificationTransformer teacher = _ml.BinaryClassification.Trainers.FineTuneText(s_teacher, other).Fit(_data);
        (double with, double without) = (Distance(miniLm ? EncoderImitation.MiniLm(teacher, 10) : EncoderImitation.TinyBert(teacher, weight: 10)), Distance(null));
        with.Should().BeLessThan(0.6 * without);

        double Distance(EncoderImitation? imitation)
        {
            using TextClassificationTransformer model = Fit(imitation, Training(), s_teacher with { LayerCount = 1 });
            using DisposeScope scope = NewDisposeScope();
            using IDisposable _ = no_grad();
            using TextModel<TextEncoder> own = Open(model), theirs = Open(teacher);
            (Tensor ids, Tensor mask) = Batch(own.Tokenizer);
            EncoderTrace Trace(TextModel<TextEncoder> m) => m.Network.Trace(ids, mask, null, MiniLmLoss.PartsOf(m.Network.Config.LayerCount));
            return (miniLm ? MiniLmLoss.Encoder(Trace(own), Trace(theirs), mask) : MaskedMean.OfSquares(Trace(own).Last - Trace(theirs).Last, mask.unsqueeze(-1).to(ScalarType.Bool))).item<float>();
        }
    }

    [Fact]
    public void Unlabelled_rows_adapters_seeds_late_layers_16_bits_and_other_tasks_imitate_too()
    {
        var imitation = new DistillationOptions { Imitation = EncoderImitation.TinyBert(s_teacher), TransferData = _data };
        FineTuneTextOptions training = Training();
        (training.MaxSteps, training.Seeds, training.ValidationFraction, training.Precision) = (4, 2, 0.2, TrainingPrecision.BFloat16);
        (training.Lora, training.UnfreezeEveryEpochs, training.AveragedFraction) = (new() { Rank = 2 }, 0.1, 0.5);
        Finite(_ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Column("Probability"), s_student, training, imitation).Fit(_data));

        training = Training();
        (training.LabelColumnName, training.MaxSteps) = ("Category", 3);
        using TextClassificationTransformer classes = _ml.MulticlassClassification.Trainers.FineTuneText(s_teacher, training).Fit(_data);
        _ml.MulticlassClassification.Trainers.DistillText(classes, s_student, training, new() { Imitation = EncoderImitation.MiniLm(classes) }).Fit(_data).Dispose();

        var regression = new FineTuneTextRegressionOptions { LabelColumnName = "Probability", MaxSteps = 3, MaxLength = 24, Seed = 1 };
        using TextRegressionTransformer numbers = _ml.Regression.Trainers.FineTuneText(s_teacher, regression).Fit(_data);
        using TextRegressionTransformer taught = _ml.Regression.Trainers.DistillText(numbers, s_student, regression, new() { Imitation = EncoderImitation.TinyBert(numbers) }).Fit(_data);
        taught.Transform(_data).GetColumn<float>("Score").Should().OnlyContain(score => float.IsFinite(score));

        void Finite(TextClassificationTransformer model)
        {
            using (model) model.Transform(_data).GetColumn<float>("Score").Should().OnlyContain(score => float.IsFinite(score));
        }
    }

    [Fact]
    public void The_student_is_a_plain_checkpoint_that_lives_without_its_teacher()
    {
        FineTuneTextOptions training = Training();
        training.MaxSteps = 2;
        using TextClassificationTransformer model = Fit(EncoderImitation.TinyBert(s_teacher), training);
        using TextClassificationTransformer alone = Fit(null, training);
        (string student, string plain) = (_folder.File("student"), _folder.File("plain"));
        model.SaveCheckpoint(student);
        alone.SaveCheckpoint(plain);
        using (SafetensorsFile own = SafetensorsFile.Open(Path.Combine(student, "model.safetensors")), other = SafetensorsFile.Open(Path.Combine(plain, "model.safetensors")))
            own.Entries.Keys.Should().BeEquivalentTo(other.Entries.Keys, "the projection is no part of it");
        _ml.Model.Save(model, _data.Schema, _folder.File("student.zip"));
        using var loaded = (TextClassificationTransformer)new MLContext().Model.Load(_folder.File("student.zip"), out _);
        loaded.Transform(_data).GetColumn<float>("Score").Should().Equal(model.Transform(_data).GetColumn<float>("Score"));
    }

    [Fact]
    public void A_resumed_student_equals_the_uninterrupted_one_and_another_imitation_is_another_run()
    {
        byte[] expected = Train("one", EncoderImitation.TinyBert(s_teacher), null);
        using var cancel = new CancellationTokenSource();
        FluentActions.Invoking(() => Train("two", EncoderImitation.TinyBert(s_teacher), cancel)).Should().Throw<OperationCanceledException>();
        Train("two", EncoderImitation.TinyBert(s_teacher), null).Should().Equal(expected);
        foreach (EncoderImitation? other in (EncoderImitation?[])[null, EncoderImitation.MiniLm(s_teacher), EncoderImitation.TinyBert(s_teacher, LayerMap.Of(0)), EncoderImitation.TinyBert(s_teacher, weight: 2), EncoderImitation.TinyBert(s_teacher with { LayerCount = 1 })])
            FluentActions.Invoking(() => Train("two", other, null)).Should().Throw<InvalidOperationException>().WithMessage("*of another run:*task was answers*TinyBERT*layers 1 of encoder*count 0.1, is now*");

        byte[] Train(string checkpoints, EncoderImitation? imitation, CancellationTokenSource? stop)
        {
            FineTuneTextOptions training = Training();
            (training.MaxSteps, training.Threads, training.CheckpointDirectory, training.CheckpointEverySteps, training.Resume) = (10, 1, _folder.File(checkpoints), 3, true);
            if (stop is not null) (training.CancellationToken, training.Progress) = (stop.Token, new Reporter(p => { if (p.Step == 5) stop.Cancel(); }));
            using TextClassificationTransformer model = Fit(imitation, training);
            model.SaveCheckpoint(_folder.File("out"));
            return File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors"));
        }
    }

    [Fact]
    public void Many_steps_leave_no_more_tensors_than_few()
    {
        LiveTensors.ShouldNotGrow(() => Steps(2), () => Steps(40));

        void Steps(long steps)
        {
            foreach (EncoderImitation imitation in (EncoderImitation[])[EncoderImitation.TinyBert(s_teacher), EncoderImitation.MiniLm(s_teacher)])
            {
                FineTuneTextOptions training = Training();
                (training.Epochs, training.MaxSteps, training.ValidationFraction) = (100, steps, 0.2);
                Fit(imitation, training).Dispose();
            }
        }
    }

    [Fact]
    public void What_cannot_be_imitated_is_refused_in_words()
    {
        Refused(EncoderImitation.TinyBert(s_teacher with { MaxAlphabetSize = 5 }), "*the teacher's tokenizer is unlike the student's: the student has * tokens and the teacher *WithLayers*");
        Refused(EncoderImitation.TinyBert(s_teacher with { LowerCase = false, HeadCount = 4 }), "*layer 0 of the student has 2 attention heads, and layer 1 of the teacher of Imitation, which it is to imitate, 4*");
        using TextEncoderTransformer whole = _ml.Transforms.Text.EncodeText("Vector", "Text", s_teacher).Fit(TinyTexts.View(_ml));
        using TextEncoderTransformer pruned = whole.Compress(new() { PrunedHeads = new Dictionary<int, IReadOnlyList<int>> { [s_teacher.LayerCount - 1] = [0] } });
        Refused(EncoderImitation.MiniLm(pruned), "*student has 2 attention heads, and layer * of the teacher of Imitation, which it is to imitate, 1;*", whole);
        Refused(EncoderImitation.TinyBert(s_teacher with { LayerCount = 3 }), "*Imitation: *teacher has 3 layers and the student 2*LayerMap.Spread*", s_teacher);
        Refused(EncoderImitation.TinyBert(s_teacher, LayerMap.Of(2)), "*Imitation: *names layer 2*");
        Refused(EncoderImitation.MiniLm(s_teacher with { MaxPositions = 16 }), "*rows may have 24 tokens*positions for 16*Lower MaxLength*");
        FluentActions.Invoking(() => EncoderImitation.MiniLm(s_teacher, 0)).Should().Throw<ArgumentException>().WithMessage("*weight is 0; expected*");

        var imitating = new DistillationOptions { Imitation = EncoderImitation.MiniLm(s_teacher) };
        FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Column("Probability"), new TextCnnOptions { LabelColumnName = "Flag" }, imitating))
            .Should().Throw<ArgumentException>().WithMessage("*Imitation is set, but the student is a TextCnn*");
        FluentActions.Invoking(() => _ml.BinaryClassification.Distill(DistillationTeacher.Column("Probability"), _ml.BinaryClassification.Trainers.SdcaLogisticRegression("Flag"), "Flag", distillation: imitating))
            .Should().Throw<ArgumentException>().WithMessage("*Imitation is set, but the student is a pipeline*");

        void Refused(EncoderImitation imitation, string message, TextEncoderSource? student = null) =>
            FluentActions.Invoking(() => Fit(imitation, Training(), student)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void A_teacher_of_no_numbers_is_named()
    {
        using (TextModel<TextEncoder> ruined = Open(s_teacher))
        {
            using (no_grad()) ruined.Network.get_parameter("layers.1.norm.bias")!.fill_(float.NaN);
            ruined.Save(_folder.File("ruined"), WeightType.Float32);
        }
        FluentActions.Invoking(() => Fit(EncoderImitation.TinyBert(_folder.File("ruined")), Training())).Should().Throw<InvalidOperationException>().WithMessage("*teacher's encoder gives what is no finite number*");
    }

    private TextClassificationTransformer Fit(EncoderImitation? imitation, FineTuneTextOptions training, TextEncoderSource? student = null) =>
        _ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Column("Probability"), student ?? s_student, training, new() { Imitation = imitation }).Fit(_data);

    private TextModel<TextEncoder> Open(TextEncoderSource source)
    {
        TextModel<TextEncoder> model = source.Open(_data, "Text", null, 1, () => { });
        model.Network.eval();
        return model;
    }

    // All rows, in their order: the mean does not depend on it.
    private (Tensor Ids, Tensor Mask) Batch(SequenceTokenizer tokenizer)
    {
        var encoded = new EncodedText();
        long[][] rows = [.. _data.GetColumn<string>("Text").Select(text =>
        {
            tokenizer.Encode(text, 24, TruncationStrategy.LongestFirst, encoded);
            return encoded.Ids.ToArray().Select(id => (long)id).ToArray();
        })];
        int longest = rows.Max(r => r.Length);
        Tensor ids = tensor(rows.SelectMany(r => r.Concat(Enumerable.Repeat((long)tokenizer.PadTokenId, longest - r.Length))).ToArray()).view(rows.Length, longest);
        return (ids, ids.ne(tokenizer.PadTokenId).to(int64));
    }

    private IDataView Weighted() => _ml.Data.LoadFromEnumerable(TinyTexts.Rows(40).Select((r, i) => new Row { Text = r.Text, Flag = r.Flag, Category = r.Category, Probability = r.Flag ? 0.9f : 0.1f, Weight = i % 3 }));

    private static FineTuneTextOptions Training() => new() { LabelColumnName = "Flag", Epochs = 8, BatchSize = 16, LearningRate = 3e-3, MaxLength = 24, Seed = 1 };

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        public string Category { get; set; } = "";

        public float Probability { get; set; }

        public float Weight { get; set; }
    }
}
