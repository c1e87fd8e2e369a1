using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text.Pretraining;

/// <summary>PretrainBert with a teacher: DistilBERT's way.</summary>
public sealed class PretrainingDistillationTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public PretrainingDistillationTests() => _data = TinyTexts.View(_ml, 64);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void A_student_of_some_layers_comes_near_its_teachers_states_and_words(TrainingPrecision precision)
    {
        using TextEncoderTransformer teacher = Teacher(60);
        TextEncoderSource half = ((TextEncoderSource)teacher).WithLayers(1);
        using TextEncoderTransformer with = Fit(o => (o.Encoder, o.Distillation, o.MaxSteps, o.Precision) = (half, new() { Teacher = teacher }, 40, precision));
        using TextEncoderTransformer without = Fit(o => (o.Encoder, o.MaxSteps, o.Precision) = (half, 40, precision));
        Distance(with).Should().BeLessThan(0.8 * Distance(without));
        with.HasMaskedLanguageModel.Should().BeTrue();
        with.SaveCheckpoint(_folder.File("student"));
        using TextEncoderTransformer loaded = _ml.Transforms.Text.EncodeText("Vector", "Text", _folder.File("student")).Fit(_data);
        loaded.FillMask("a fine [MASK] film", 1).Should().ContainSingle();

        double Distance(TextEncoderTransformer student) => Vectors(student).Zip(Vectors(teacher), (a, b) => a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Sum()).Sum();

        float[][] Vectors(TextEncoderTransformer model) => [.. model.Transform(_data).GetColumn<float[]>("Vector")];
    }

    [Fact]
    public void The_loss_is_the_sum_of_DistilBerts_three()
    {
        using TextEncoderTransformer transformer = Teacher(5);
        PretrainingDistillation options = new() { Teacher = transformer };
        TextModel<TextEncoder> Open(TextEncoderSource source) => source.Open(_data, "Text", null, 1, () => { });
        using TextModel<TextEncoder> student = Open(options.Teacher.WithLayers(1)), expected = Open(options.Teacher);
        student.Network.eval();
        expected.Network.eval();
        using var teacher = new TeacherEncoder("PretrainBert", Open(options.Teacher), student, 24);
        using DisposeScope scope = NewDisposeScope();
        using var batch = new TrainingBatch
        {
            InputIds = randint(5, 20, [2, 6], int64),
            AttentionMask = tensor(new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0 }).view(2, 6),
            Labels = zeros([2], int64),
            Positions = tensor(new long[] { 1, 4, 7, 0, 0 }),
            Targets = tensor(new long[] { 9, 8, 7, -100, -100 }),   // the last two fill up
            RowIndices = [0, 1],
            Tokens = 9,
        };
        (Tensor own, Tensor words) = Run(student);
        (Tensor theirs, Tensor theirWords) = Run(expected);
        Tensor soft = DistilBertLoss.SoftWords(words[..3], theirWords[..3], 2), hard = DistilBertLoss.Words(words, batch.Targets), cosine = DistilBertLoss.Cosine(own, theirs, batch.AttentionMask);
        new PretrainingLesson(teacher, options).Loss(batch, own, words).ShouldBeNear(5 * soft + 2 * hard + cosine, 1e-5);
        soft.item<float>().Should().BePositive();

        // Who is as the teacher has nothing to learn of it: the trainer gives both the same.
        double loss = double.NaN;
        Fit(o => (o.Encoder, o.Distillation, o.MaxSteps, o.Progress) = (options.Teacher, options with { WordWeight = 0 }, 1, new Reporter(p => loss = p.Loss))).Dispose();
        loss.Should().BeApproximately(0, 1e-5);

        (Tensor Hidden, Tensor Words) Run(TextModel<TextEncoder> model)
        {
            Tensor hidden = model.Network.forward(batch.InputIds, batch.AttentionMask, null);
            return (hidden, new PretrainingNetwork(model.Network, model.Heads!).PredictWords(hidden, batch.Positions!));
        }
    }

    [Fact]
    public void A_resumed_student_equals_the_uninterrupted_one_and_another_teacher_is_another_run()
    {
        TextEncoderSource teacher = Saved("teacher", 3);
        byte[] expected = Train("one", new() { Teacher = teacher }, null);
        using var cancel = new CancellationTokenSource();
        FluentActions.Invoking(() => Train("two", new() { Teacher = teacher }, cancel)).Should().Throw<OperationCanceledException>();
        Train("two", new() { Teacher = teacher }, null).Should().Equal(expected);
        foreach (PretrainingDistillation? other in (PretrainingDistillation?[])[null, new() { Teacher = teacher, Temperature = 3 }, new() { Teacher = teacher, CosineWeight = 2 }, new() { Teacher = Saved("other", 4) }])
            FluentActions.Invoking(() => Train("two", other, null)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: task was encoder *temperature 2, weights 5, 2, 1, is now*");

        byte[] Train(string checkpoints, PretrainingDistillation? distillation, CancellationTokenSource? stop)
        {
            using TextEncoderTransformer model = Fit(o =>
            {
                (o.Encoder, o.Distillation, o.MaxSteps, o.Threads, o.CheckpointDirectory, o.CheckpointEverySteps, o.Resume) = (teacher.WithLayers(1), distillation, 8, 1, _folder.File(checkpoints), 3, true);
                if (stop is not null) (o.CancellationToken, o.Progress) = (stop.Token, new Reporter(p => { if (p.Step == 4) stop.Cancel(); }));
            });
            model.SaveCheckpoint(_folder.File("out"));
            return File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors"));
        }
    }

    [Fact]
    public void Many_steps_leave_no_more_tensors_than_few()
    {
        using TextEncoderTransformer teacher = Teacher(2);
        void Run(long steps) => Fit(o => (o.Encoder, o.Distillation, o.MaxSteps, o.BatchSize, o.ValidationFraction) = (((TextEncoderSource)teacher).WithLayers(1), new() { Teacher = teacher }, steps, 4, 0.1)).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(3), () => Run(60));
    }

    [Fact]
    public void A_teacher_that_cannot_teach_is_refused_in_words()
    {
        TextEncoderSource teacher = Saved("teacher", 1);
        ScratchEncoder narrow = TinyTexts.Encoder with { HiddenSize = 8 };
        Refused<ArgumentException>(o => o.Distillation = new() { Teacher = TinyTexts.Encoder }, "*teacher, from scratch*has no head for hidden words*SoftWordWeight = 0*");
        Refused<ArgumentException>(o => (o.Encoder, o.Distillation) = (narrow, new() { Teacher = teacher }), "*student's hidden size is 8 and the teacher's 16*CosineWeight = 0*");
        Refused<ArgumentException>(o => (o.Encoder, o.Distillation) = (narrow with { MaxAlphabetSize = 5 }, new() { Teacher = teacher }), "*tokenizer is unlike the student's*");
        Refused<ArgumentException>(o => o.Distillation = new() { Teacher = teacher, SoftWordWeight = 0, CosineWeight = 0 }, "*nothing would be learnt of the teacher*");
        Refused<ArgumentException>(o => o.Distillation = new() { Teacher = teacher, Temperature = 0 }, "*Distillation.Temperature is 0*");
        Fit(o => (o.Encoder, o.Distillation, o.MaxSteps) = (narrow, new() { Teacher = teacher, CosineWeight = 0 }, 1)).Dispose();

        // In its layers, and in its head for words alone.
        foreach (Func<TextModel<TextEncoder>, Tensor> ruin in (Func<TextModel<TextEncoder>, Tensor>[])[model => model.Network.get_parameter("layers.1.norm.bias")!, model => model.Heads!.parameters().First()])
        {
            using (TextModel<TextEncoder> ruined = teacher.Open(_data, "Text", null, 1, () => { }))
            {
                using (no_grad()) ruin(ruined).fill_(float.NaN);
                ruined.Save(_folder.File("ruined"), WeightType.Float32);
            }
            Refused<InvalidOperationException>(o => (o.Encoder, o.Distillation) = (teacher.WithLayers(1), new() { Teacher = _folder.File("ruined") }), "*teacher's encoder gives what is no finite number*");
        }

        void Refused<T>(Action<PretrainBertOptions> configure, string message) where T : Exception => FluentActions.Invoking(() => Fit(configure)).Should().Throw<T>().WithMessage(message);
    }

    private TextEncoderTransformer Teacher(long steps) => Fit(o => o.MaxSteps = steps);

    private string Saved(string name, long steps)
    {
        using TextEncoderTransformer teacher = Teacher(steps);
        teacher.SaveCheckpoint(_folder.File(name));
        return _folder.File(name);
    }

    private TextEncoderTransformer Fit(Action<PretrainBertOptions> configure)
    {
        var options = new PretrainBertOptions { Encoder = TinyTexts.Encoder, MaxLength = 24, BatchSize = 16, LearningRate = 5e-3, Epochs = 1000, Dropout = 0, Seed = 3 };
        configure(options);
        return _ml.Transforms.Text.PretrainBert("Vector", "Text", options).Fit(_data);
    }
}
