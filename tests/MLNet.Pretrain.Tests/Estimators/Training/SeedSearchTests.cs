using Microsoft.ML;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>Several seeds, of which the best by validation is kept.</summary>
public sealed class SeedSearchTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_seeds_are_validated_on_the_same_rows_and_the_best_is_kept_and_the_others_are_gone()
    {
        using TokenStore rows = ToyTask.Rows();
        var made = new List<ToyTask>();
        var seeds = new List<int>();
        double[] accuracies = [0.6, 0.9, 0.7, 0.9];
        var options = new FineTuneTextOptions { Epochs = 1, BatchSize = 16, Seeds = 4, ValidationFraction = 0.2, Seed = 5 };
        (ToyTask best, TrainingResult result) = SeedSearch.Best(options, rows.All, null, new TrainingContext { Owner = "test", DefaultSeed = 5 }, Build, (task, seed, run) =>
        {
            seeds.Add(seed);
            return run(task);
        });
        using ToyTask _ = best;
        best.Should().BeSameAs(made[1], "the first of equals stays");
        seeds.Should().Equal(5, 6, 7, 8);
        result.BestMetrics!["Accuracy"].Should().Be(0.9);
        foreach (ToyTask task in made) task.Evaluated[0].Should().Equal(made[0].Evaluated[0]).And.HaveCount(12);
        made.Select(task => task.Steps[0]["classifier.weight"][0]).Should().OnlyHaveUniqueItems();
        made.Should().OnlyContain(task => task.IsDisposed != (task == best));

        ToyTask Build(int seed)
        {
            var task = new ToyTask(seed) { Accuracies = new([accuracies[made.Count]]) };
            made.Add(task);
            return task;
        }
    }

    [Fact]
    public void The_result_and_its_adapters_are_those_of_a_training_from_the_best_seed()
    {
        IDataView held = TinyTexts.View(_ml, 20);
        byte[][] search = Train(3, 3);
        List<byte[][]> alone = [.. Enumerable.Range(3, 3).Select(seed => Train(seed, 1))];
        alone.Should().ContainSingle(files => files[0].SequenceEqual(search[0])).Which[1].Should().Equal(search[1], "the adapters are the best network's");
        alone.Select(files => Convert.ToHexString(files[0])).Should().OnlyHaveUniqueItems();

        byte[][] Train(int seed, int seeds)
        {
            string adapters = _folder.File("adapters.safetensors"), output = _folder.File("out");
            var options = new FineTuneTextOptions { LabelColumnName = "Flag", MaxLength = 24, Epochs = 2, BatchSize = 8, LearningRate = 1e-2, Seed = seed, Seeds = seeds, Threads = 1, ValidationData = held, Lora = new() { Rank = 2 }, LoraFile = adapters };
            // The same encoder for all: of a scratch one the seed decides its weights, too.
            using TextEncoderTransformer encoder = new MLContext(1).Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml));
            using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(encoder, options).Fit(TinyTexts.View(_ml));
            model.SaveCheckpoint(output);
            return [File.ReadAllBytes(Path.Combine(output, "model.safetensors")), File.ReadAllBytes(adapters)];
        }
    }

    [Fact]
    public void Every_fine_tuning_tries_several_seeds_each_with_files_of_its_own()
    {
        IDataView data = TinyTexts.View(_ml), entities = TinyEntities.View(_ml);
        Check<FineTuneTextOptions>(o => _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, o).Fit(data).Dispose(), o => o.LabelColumnName = "Flag");
        Check<TextCnnOptions>(o => _ml.BinaryClassification.Trainers.TextCnn(o).Fit(data).Dispose(), o => o.LabelColumnName = "Flag");
        Check<TextLstmOptions>(o => _ml.BinaryClassification.Trainers.TextLstm(o).Fit(data).Dispose(), o => o.LabelColumnName = "Flag");
        Check<FineTuneTokensOptions>(o => _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, o).Fit(entities).Dispose(), o => (o.TextColumnName, o.LabelColumnName) = ("Words", "Tags"));
        Check<FineTuneEmbeddingsOptions>(o => _ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Category", TinyTexts.Encoder, o).Fit(data).Dispose(), _ => { });
        using TextEncoderTransformer teacher = _ml.Transforms.Text.EncodeText("Wanted", "Text", TinyTexts.Encoder).Fit(data);
        Check<DistillEmbeddingsOptions>(o => _ml.Transforms.Text.DistillEmbeddings("Vector", "Text", teacher, TinyTexts.Encoder, o).Fit(data).Dispose(), _ => { });

        void Check<T>(Action<T> fit, Action<T> change) where T : SupervisedTrainingOptions, new()
        {
            string name = typeof(T).Name;
            var options = new T { MaxSteps = 2, Seeds = 2, Seed = 1, ValidationFraction = 0.2, CheckpointDirectory = _folder.File(name), MetricsFile = _folder.File(name + ".jsonl") };
            change(options);
            fit(options);
            Directory.GetDirectories(_folder.File(name)).Select(Path.GetFileName).Should().BeEquivalentTo("seed-1", "seed-2");
            File.ReadLines(_folder.File(name + ".seed-2.jsonl")).Should().HaveCount(2, name);
        }
    }

    [Fact]
    public void A_seed_that_diverges_costs_none_of_the_others()
    {
        using TokenStore rows = ToyTask.Rows();
        var options = new FineTuneTextOptions { Epochs = 1, BatchSize = 16, Seeds = 3, ValidationFraction = 0.2, Seed = 5 };
        (ToyTask best, TrainingResult result) = Search(seed => seed == 6 ? double.NaN : 1);
        using ToyTask _ = best;
        result.BestMetrics.Should().NotBeNull();
        FluentActions.Invoking(() => Search(_ => double.NaN)).Should().Throw<TrainingDivergedException>();

        (ToyTask, TrainingResult) Search(Func<int, double> factor) => SeedSearch.Best(
            options, rows.All, null, new TrainingContext { Owner = "test", DefaultSeed = 5 }, seed => new ToyTask(seed) { LossFactor = factor(seed) }, (task, _, run) => run(task));
    }

    [Fact]
    public void Folders_with_checkpoints_are_seen_before_the_first_training()
    {
        IDataView data = TinyTexts.View(_ml);
        Fit("several", 2);
        FluentActions.Invoking(() => Fit("several", 3)).Should().Throw<InvalidOperationException>().WithMessage("*holds a checkpoint in*seed-1*");
        Directory.Delete(Path.Combine(_folder.File("several"), "seed-1"), recursive: true);
        int steps = 0;
        FluentActions.Invoking(() => Fit("several", 3, () => steps++)).Should().Throw<InvalidOperationException>().WithMessage("*holds a checkpoint in*seed-2*");
        steps.Should().Be(0);
        Fit("one", 1);
        FluentActions.Invoking(() => Fit("one", 2)).Should().Throw<InvalidOperationException>().WithMessage("*checkpoints of one training, and Seeds is 2*");
        Fit("again", 2);
        FluentActions.Invoking(() => Fit("again", 1, resume: true)).Should().Throw<InvalidOperationException>().WithMessage("*checkpoints of several seeds, and Seeds is 1*");

        void Fit(string folder, int seeds, Action? step = null, bool resume = false)
        {
            var options = new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 1, Seeds = seeds, Seed = 1, ValidationFraction = 0.2, CheckpointDirectory = _folder.File(folder), Resume = resume, Progress = new Reporter(_ => step?.Invoke()) };
            _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(data).Dispose();
        }
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Refused(o => o.Seeds = 0).WithMessage("*Seeds is 0; expected 1 or more*");
        Refused(o => (o.Seeds, o.RestoreBest) = (2, false)).WithMessage("*Seeds is 2 and RestoreBest is false*");
        Refused(o => o.Seeds = 2).WithMessage("*Seeds is 2, but there are no validation rows*");

        FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Action<FineTuneTextOptions> change)
        {
            var options = new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 1 };
            change(options);
            return FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(TinyTexts.View(_ml))).Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Seeds_leave_no_tensors()
    {
        LiveTensors.ShouldNotGrow(() => Train(2), () => Train(20));

        void Train(long steps)
        {
            var options = new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = steps, Epochs = 100, Seeds = 2, Seed = 1, ValidationFraction = 0.2, AveragedFraction = 0.5, UnfreezeEveryEpochs = 0.1, FindLearningRate = true };
            _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(TinyTexts.View(_ml)).Dispose();
        }
    }
}
