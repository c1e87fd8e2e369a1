using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>Each option does what it says: seen in weights, steps and losses, not in the loss going down.</summary>
public sealed class TrainingOptionsTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Accumulating_two_batches_of_eight_is_one_batch_of_sixteen()
    {
        // One batch of all rows: how rows fall into batches plays no part.
        Dictionary<string, float[]> whole = Train(o => (o.BatchSize, o.MaxSteps) = (16, 3), rows: 16);
        Dictionary<string, float[]> parts = Train(o => (o.BatchSize, o.GradientAccumulationSteps, o.MaxSteps) = (8, 2, 3), rows: 16);
        foreach (string name in whole.Keys) parts[name].Should().Equal(whole[name], (a, b) => Math.Abs(a - b) < 2e-4);
    }

    [Fact]
    public void Accumulated_batches_weigh_by_the_words_that_their_losses_are_means_of()
    {
        // Rows of many lengths: a mean of the batches' means is another gradient.
        string[] texts = [.. Enumerable.Range(0, 16).Select(i => string.Join(' ', Enumerable.Repeat(i % 3 == 0 ? "warm film" : "good evening", 1 + i)))];
        double[] whole = LossAndNorm(o => o.BatchSize = 16), parts = LossAndNorm(o => (o.BatchSize, o.GradientAccumulationSteps) = (4, 4));
        for (int i = 0; i < 2; i++) parts[i].Should().BeApproximately(whole[i], 1e-4 * whole[i]);

        double[] LossAndNorm(Action<PretrainElmoOptions> change)
        {
            double[] seen = [];
            var options = new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4)], MinCount = 1, SampledWords = 0, Dropout = 0, WarmupSteps = 0, MaxSteps = 1, Seed = 1, Threads = 1, Progress = new Reporter(p => seen = [p.Loss, p.GradientNorm]) };
            change(options);
            _ml.Transforms.Text.PretrainElmo("Vector", "Text", options).Fit(_ml.Data.LoadFromEnumerable(texts.Select(t => new TinyTexts.Row { Text = t }))).Dispose();
            return seen;
        }
    }

    [Fact]
    public void Frozen_layers_keep_their_weights_and_the_others_do_not()
    {
        Dictionary<string, float[]> before = Train(o => (o.MaxSteps, o.LearningRate) = (1, 1e-12)), after = Train(o => (o.MaxSteps, o.FrozenLayers) = (5, 1));
        foreach (string name in before.Keys)
        {
            bool frozen = name.Contains("embeddings.", StringComparison.Ordinal) || name.Contains("layer.0.", StringComparison.Ordinal);
            // The key's bias cancels out in the softmax: it has no gradient to learn from.
            if (name.EndsWith("key.bias", StringComparison.Ordinal)) continue;
            Distance(before[name], after[name]).Should().Match(d => frozen ? d < 1e-6 : d > 1e-6, name);
        }
    }

    [Fact]
    public void Lower_layers_learn_less_under_layer_wise_decay()
    {
        Dictionary<string, float[]> before = Train(o => (o.MaxSteps, o.LearningRate) = (1, 1e-12)), after = Train(o => (o.MaxSteps, o.LayerLearningRateDecay, o.WeightDecay) = (1, 0.1, 0));
        double Moved(string part) => before.Keys.Where(n => n.Contains(part, StringComparison.Ordinal)).Max(n => before[n].Zip(after[n], (a, b) => Math.Abs((double)a - b)).Max());
        // Adam's first step moves each weight by its learning rate.
        (Moved("layer.1.") / Moved("layer.0.")).Should().BeApproximately(10, 0.5);
        (Moved("layer.0.") / Moved("embeddings.")).Should().BeApproximately(10, 0.5);
    }

    [Fact]
    public void Epochs_steps_and_their_limits_add_up()
    {
        Steps(o => o.Epochs = 2).Should().Be(12);
        Steps(o => o.Epochs = 0.5).Should().Be(3);
        Steps(o => (o.Epochs, o.MinSteps) = (1, 20)).Should().Be(20);
        Steps(o => (o.Epochs, o.MinSteps) = (0.5, 8)).Should().Be(8);
        Steps(o => (o.Epochs, o.MaxSteps) = (2, 7)).Should().Be(7);
    }

    [Fact]
    public void The_learning_rate_warms_up_and_falls_to_nothing()
    {
        var rates = new List<double>();
        Train(o => (o.Epochs, o.WarmupSteps, o.LearningRate, o.Progress) = (2, 4, 1e-3, new Reporter(p => rates.Add(p.LearningRate))));
        rates.Should().HaveCount(12);
        rates.Take(4).Should().BeInAscendingOrder();
        rates.Skip(4).Should().BeInDescendingOrder();
        rates.Max().Should().BeApproximately(1e-3, 1e-9);
        rates[^1].Should().BeLessThan(2e-4);
    }

    [Theory]
    [InlineData(LearningRateScheduleKind.Linear, 0.55)]
    [InlineData(LearningRateScheduleKind.Cosine, 0.55)]
    [InlineData(LearningRateScheduleKind.Constant, 1)]
    public void The_learning_rate_falls_to_the_lowest_that_is_asked_for(LearningRateScheduleKind kind, double half)
    {
        var schedule = new LearningRateSchedule(kind, 1, 10, 110, 0.1);
        (schedule.At(5), schedule.At(10)).Should().Be((0.5, 1));
        schedule.At(60).Should().BeApproximately(half, 1e-12);
        schedule.At(110).Should().BeApproximately(kind == LearningRateScheduleKind.Constant ? 1 : 0.1, 1e-12);
    }

    [Fact]
    public void The_best_evaluation_is_the_result_and_training_stops_when_nothing_gets_better()
    {
        // A learning rate that soon destroys what was learnt: the last weights are not the best.
        var evaluations = new List<(double Accuracy, double Loss)>();
        FineTuneTextOptions options = Options();
        (options.Epochs, options.LearningRate, options.Schedule, options.WarmupSteps, options.EarlyStoppingPatience) = (50, 0.05, LearningRateScheduleKind.Constant, 0, 3);
        (options.ValidationData, options.EvaluationsPerEpoch) = (TinyTexts.View(_ml, 40), 2);
        options.Progress = new Reporter(p => { if (p.Metrics is { } m) evaluations.Add((m["Accuracy"], m["Loss"])); });
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(TinyTexts.View(_ml));
        evaluations.Should().HaveCountLessThan(100, "it stops early");
        CalibratedBinaryClassificationMetrics result = _ml.BinaryClassification.Evaluate(model.Transform(TinyTexts.View(_ml, 40)), "Flag");
        (double Accuracy, double Loss) best = evaluations.First(e => e.Accuracy == evaluations.Max(x => x.Accuracy));
        result.Accuracy.Should().BeApproximately(best.Accuracy, 1e-6);
        (result.LogLoss * Math.Log(2)).Should().BeApproximately(best.Loss, 1e-3, "the weights of the first best evaluation are back");
        evaluations[^1].Loss.Should().NotBeApproximately(best.Loss, 1e-3, "the last weights are others");
    }

    [Fact]
    public void A_class_weight_counts_the_rows_of_its_class_so_many_times()
    {
        // Adam takes no notice of one factor on all gradients; clipping would.
        Dictionary<string, float[]> plain = Train(o => (o.MaxSteps, o.MaxGradientNorm) = (3, 0)), even = Train(o => (o.MaxSteps, o.MaxGradientNorm, o.ClassWeights) = (3, 0, [2, 2])), skewed = Train(o => (o.MaxSteps, o.MaxGradientNorm, o.ClassWeights) = (3, 0, [1, 9]));
        Distance(plain["classifier.bias"], even["classifier.bias"]).Should().BeLessThan(1e-5);
        Distance(plain["classifier.bias"], skewed["classifier.bias"]).Should().BeGreaterThan(1e-4);
    }

    [Fact]
    public void One_seed_gives_one_model_and_another_seed_another()
    {
        Dictionary<string, float[]> first = Train(o => o.MaxSteps = 3), again = Train(o => o.MaxSteps = 3), other = Train(o => (o.MaxSteps, o.Seed) = (3, 99));
        foreach (string name in first.Keys) again[name].Should().Equal(first[name], name);
        Distance(first["classifier.weight"], other["classifier.weight"]).Should().BeGreaterThan(1e-4);
    }

    public void Dispose() => _folder.Dispose();

    private long Steps(Action<FineTuneTextOptions> change)
    {
        long total = 0, last = 0;
        Train(o =>
        {
            change(o);
            o.Progress = new Reporter(p => (total, last) = (p.TotalSteps, p.Step));
        });
        last.Should().Be(total);
        return total;
    }

    private Dictionary<string, float[]> Train(Action<FineTuneTextOptions> change, int rows = 60)
    {
        FineTuneTextOptions options = Options();
        change(options);
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(TinyTexts.View(_ml, rows));
        using var scope = NewDisposeScope();
        model.SaveCheckpoint(_folder.File("out"));
        using var file = MLNet.Pretrain.Checkpoints.SafetensorsFile.Open(Path.Combine(_folder.File("out"), "model.safetensors"));
        return file.Entries.Keys.ToDictionary(name => name, name => file.Read(name).data<float>().ToArray());
    }

    [Fact]
    public void Automatic_precision_is_one_of_the_two_and_gives_that_ones_weights()
    {
        TrainingPrecision? chosen = null;
        Dictionary<string, float[]> automatic = Train(o => (o.MaxSteps, o.Precision, o.Progress) = (3, TrainingPrecision.Auto, new Reporter(p => chosen = p.Precision)));
        chosen.Should().Be(ProcessorFeatures.HasBFloat16 ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32);
        Dictionary<string, float[]> named = Train(o => (o.MaxSteps, o.Precision) = (3, chosen!.Value));
        foreach (string name in named.Keys) automatic[name].Should().Equal(named[name], name);
    }

    [Fact]
    public void A_processor_has_bfloat16_where_the_system_says_so()
    {
        // Linux lists the instruction sets that it lets programs use.
        string? flags = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) : null;
        if (flags is not null) ProcessorFeatures.HasBFloat16.Should().Be(flags.Contains(" avx512_bf16", StringComparison.Ordinal));
        else if (RuntimeInformation.ProcessArchitecture != Architecture.X64) ProcessorFeatures.HasBFloat16.Should().BeFalse();
    }

    private static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();

    private static FineTuneTextOptions Options() => new()
    {
        LabelColumnName = "Flag",
        BatchSize = 10,
        LearningRate = 1e-3,
        WarmupSteps = 0,
        MaxLength = 24,
        Dropout = 0,
        Seed = 1,
        Threads = 1,
    };
}
