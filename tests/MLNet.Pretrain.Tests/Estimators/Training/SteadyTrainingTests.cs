using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>What steadies training on few rows: the mean of the last weights, layers that begin to learn one after the other, a learning rate that is looked for.</summary>
public sealed class SteadyTrainingTests : IDisposable
{
    private readonly TokenStore _rows = ToyTask.Rows();
    private readonly List<string> _log = [];

    public void Dispose() => _rows.Dispose();

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void The_result_is_the_mean_of_the_weights_of_the_last_steps(TrainingPrecision precision)
    {
        using var task = new ToyTask();
        Run(task, o => (o.AveragedFraction, o.Precision) = (0.25, precision));
        task.Steps.Should().HaveCount(16);
        foreach ((string name, float[] actual) in task.Weights())
        {
            float[][] last = [.. task.Steps.TakeLast(4).Select(step => step[name])];
            // What is seen of a step in 16 bits is rounded to 8 bits of mantissa.
            for (int i = 0; i < actual.Length; i++)
                actual[i].Should().BeApproximately(last.Average(w => w[i]), precision == TrainingPrecision.Float32 ? 1e-6f : 4e-3f * Math.Max(1e-1f, last.Max(w => Math.Abs(w[i]))));
        }
    }

    [Theory]
    [InlineData(0.5, 0.9, true)]
    [InlineData(0.9, 0.5, false)]
    public void With_validation_rows_the_mean_is_kept_only_where_it_is_better(double best, double mean, bool kept)
    {
        using var task = new ToyTask { Accuracies = new([best, 0.1, 0.1, 0.1, mean]) };
        TrainingResult result = Run(task, o => (o.AveragedFraction, o.ValidationFraction) = (0.5, 0.2));
        result.BestMetrics!["Accuracy"].Should().Be(Math.Max(best, mean));
        Dictionary<string, float[]> expected = kept
            ? task.Steps[0].Keys.ToDictionary(name => name, name => Enumerable.Range(0, task.Steps[0][name].Length).Select(i => task.Steps.TakeLast(6).Average(s => s[name][i])).ToArray())
            : task.Steps[2];
        foreach ((string name, float[] actual) in task.Weights()) actual.Should().Equal(expected[name], (a, b) => Math.Abs(a - b) < 1e-6, name);
        _log.Should().ContainSingle(line => line.Contains("Mean of the weights of the last 6 steps"));
    }

    [Fact]
    public void Layers_begin_to_learn_one_after_the_other_from_the_top()
    {
        using var task = new ToyTask();
        Dictionary<string, float[]> start = task.Weights();
        Run(task, o => (o.UnfreezeEveryEpochs, o.WeightDecay, o.WarmupRatio) = (0.5, 0, 0));
        // 4 steps an epoch: a layer every 2 steps; head, second layer, first layer, embeddings.
        foreach (string name in start.Keys)
        {
            if (name.EndsWith("bias", StringComparison.Ordinal)) continue;   // the key's has no gradient
            int first = 2 * (task.LayerCount + 1 - task.LayerOf(name));
            for (int step = 0; step < first; step++) task.Steps[step][name].Should().Equal(start[name], $"{name} rests at step {step}");
            task.Steps[first][name].Should().NotEqual(start[name], $"{name} learns at step {first}");
        }
        ((TorchSharp.torch.nn.Module)task.Network).parameters().Should().OnlyContain(p => p.requires_grad);
    }

    [Fact]
    public void What_could_never_begin_to_learn_and_a_head_that_is_not_there_are_refused()
    {
        using var task = new ToyTask();
        FluentActions.Invoking(() => Run(task, o => o.UnfreezeEveryEpochs = 2)).Should().Throw<ArgumentException>().WithMessage("test: UnfreezeEveryEpochs is 2, and training ends after 4 epochs, in which only 2 of 4 layers*expected less than 1.333*");
        var ml = new MLContext(1);
        IDataView data = TinyTexts.View(ml);
        FluentActions.Invoking(() => ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Category", TinyTexts.Encoder, new FineTuneEmbeddingsOptions { MaxSteps = 1, HeadLearningRateFactor = 10 }).Fit(data))
            .Should().Throw<ArgumentException>().WithMessage("*HeadLearningRateFactor is 10*no head*");
    }

    [Fact]
    public void A_pooler_is_as_pretrained_as_the_last_layer_whether_or_not_it_is_asked()
    {
        var ml = new MLContext(1);
        IDataView data = TinyTexts.View(ml);
        var scratch = new ScratchEncoder { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, VocabularySize = 200, Pooler = true };
        // Mean pooling asks no pooler: the first layer to learn is the last one of the encoder.
        ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Category", scratch, new FineTuneEmbeddingsOptions { Epochs = 4, BatchSize = 20, UnfreezeEveryEpochs = 1, MaxLength = 24, Seed = 1 }).Fit(data).Dispose();
        TrainedEncoder.LayerOf("encoder.pooler.weight", "encoder.", 2).Should().Be(2);
        TrainedEncoder.LayerOf("classifier.weight", "encoder.", 2).Should().Be(3);
    }

    [Fact]
    public void A_run_at_the_rate_that_was_found_is_the_run_that_found_it()
    {
        using var found = new ToyTask();
        var rates = new List<double>();
        Run(found, o => (o.FindLearningRate, o.LearningRate, o.Schedule, o.WarmupRatio, o.Progress) = (true, 2e-5, LearningRateScheduleKind.Constant, 0, new Reporter(p => rates.Add(p.LearningRate))));
        rates.Should().OnlyContain(rate => rate == rates[0]).And.HaveCount(16);
        rates[0].Should().BeInRange(2e-5, 2e-3, "the loss of this network falls until rates of a hundredth and more");
        _log.Should().ContainSingle(line => line.Contains("range test"));

        using var told = new ToyTask();
        Run(told, o => (o.LearningRate, o.Schedule, o.WarmupRatio) = (rates[0], LearningRateScheduleKind.Constant, 0));
        Dictionary<string, float[]> expected = told.Weights();
        foreach ((string name, float[] actual) in found.Weights()) actual.Should().Equal(expected[name], name);
    }

    [Fact]
    public void A_range_test_without_a_finite_loss_says_so_and_leaves_the_weights()
    {
        using var task = new ToyTask { LossFactor = double.NaN };
        Dictionary<string, float[]> start = task.Weights();
        FluentActions.Invoking(() => Run(task, o => o.FindLearningRate = true)).Should().Throw<TrainingDivergedException>().WithMessage("*range test of FindLearningRate*finite*");
        foreach ((string name, float[] actual) in task.Weights()) actual.Should().Equal(start[name]);
    }

    [Fact]
    public void The_heads_rate_is_a_multiple_of_the_others()
    {
        // AdamW's first step is as long as the learning rate, whatever the gradient.
        (float plain, float other) = FirstStep(1);
        (float head, float otherBeside) = FirstStep(10);
        (head / plain).Should().BeApproximately(10, 0.1f);
        (otherBeside / other).Should().BeApproximately(1, 0.01f);

        (float Head, float Other) FirstStep(double factor)
        {
            using var task = new ToyTask();
            Dictionary<string, float[]> start = task.Weights();
            Run(task, o => (o.HeadLearningRateFactor, o.WeightDecay, o.WarmupRatio, o.MaxSteps) = (factor, 0, 0, 1));
            float Moved(string name) => start[name].Zip(task.Steps[0][name], (a, b) => Math.Abs(a - b)).Max();
            return (Moved("classifier.weight"), Moved("encoder.embeddings.word.weight"));
        }
    }

    [Theory]
    [InlineData(nameof(TrainingOptions.HeadLearningRateFactor), 0.0)]
    [InlineData(nameof(TrainingOptions.AveragedFraction), 1.0)]
    [InlineData(nameof(TrainingOptions.AveragedFraction), -0.1)]
    [InlineData(nameof(TrainingOptions.UnfreezeEveryEpochs), -1.0)]
    [InlineData(nameof(TrainingOptions.UnfreezeEveryEpochs), double.NaN)]
    public void Numbers_out_of_range_are_refused(string option, double value)
    {
        var options = new FineTuneTextOptions();
        typeof(TrainingOptions).GetProperty(option)!.SetValue(options, value);
        FluentActions.Invoking(() => options.Validate("test")).Should().Throw<ArgumentException>().WithMessage($"test: {option} is *expected*");
    }

    private TrainingResult Run(ToyTask task, Action<FineTuneTextOptions> change)
    {
        var options = new FineTuneTextOptions { Epochs = 4, BatchSize = 16, LearningRate = 3e-3, Seed = 1, Threads = 1 };
        change(options);
        return TrainingLoop.Run(task, _rows.All, null, options, new TrainingContext { Owner = "test", DefaultSeed = 1, Log = _log.Add });
    }
}
