using System.Diagnostics;
using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Training;

public sealed class ResumeTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("classifier", "vocab.txt")]
    [InlineData("steadied", "vocab.txt")]
    [InlineData("tokens", "vocab.txt")]
    [InlineData("bert", "vocab.txt")]
    [InlineData("embeddings", "vocab.txt")]
    [InlineData("gpt", "vocab.json")]
    [InlineData("elmo", "words.txt")]
    public void A_run_killed_at_random_steps_and_resumed_gives_the_uninterrupted_runs_weights_to_the_last_bit(string what, string vocabulary)
    {
        Start("whole", "expected", what).WaitToEnd();
        var random = new Random();
        int kills = 0;
        while (kills < 3)
        {
            using Child child = Start("killed", "actual", what);
            if (!child.KillAfterSteps(random.Next(1, 25))) break;   // it had fewer steps left than that
            kills++;
        }
        kills.Should().BePositive();
        using (Child last = Start("killed", "actual", what)) last.WaitToEnd();
        foreach (string name in (string[])["model.safetensors", "config.json", vocabulary])
            File.ReadAllBytes(Path.Combine(_folder.File("actual"), name)).Should().Equal(File.ReadAllBytes(Path.Combine(_folder.File("expected"), name)), name);
    }

    [Fact]
    public async Task A_disk_that_fills_during_a_checkpoint_costs_nothing_that_was_saved_and_the_run_goes_on_once_there_is_room()
    {
        if (!OperatingSystem.IsLinux()) return;   // a limit on the size of files stands in for the disk
        Start("whole", "expected", "bert").WaitToEnd();
        using (Child first = Start("filled", "actual", "bert")) first.KillAfterSteps(8).Should().BeTrue();
        string[] before = Directory.GetDirectories(_folder.File("filled"));
        before.Should().NotBeEmpty();
        var limited = new ProcessStartInfo("bash", ["-c", "trap '' XFSZ; ulimit -f 16; exec dotnet \"$@\"", "bash", Path.Combine(AppContext.BaseDirectory, "TrainingProcess.dll"), _folder.File("filled"), _folder.File("actual"), "bert"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        limited.Environment["DOTNET_EnableWriteXorExecute"] = "0";   // which needs a large file of its own
        using (Process process = Process.Start(limited)!)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            process.ExitCode.Should().Be(3, await output + await error);
            (await error).Should().Contain("could not be written").And.Contain("Free some space");
        }
        Directory.GetDirectories(_folder.File("filled"), "step-*").Where(folder => !folder.EndsWith(".unfinished", StringComparison.Ordinal)).Should().Contain(before.Where(folder => !folder.EndsWith(".unfinished", StringComparison.Ordinal)));
        using (Child last = Start("filled", "actual", "bert")) last.WaitToEnd();
        File.ReadAllBytes(Path.Combine(_folder.File("actual"), "model.safetensors")).Should().Equal(File.ReadAllBytes(Path.Combine(_folder.File("expected"), "model.safetensors")));
    }

    [Fact]
    public void A_cancelled_run_keeps_what_it_had_and_goes_on_to_the_same_weights()
    {
        byte[] expected = Train(Options("one"));
        using var cancel = new CancellationTokenSource();
        FineTuneTextOptions interrupted = Options("two");
        interrupted.CancellationToken = cancel.Token;
        interrupted.Progress = new Reporter(p => { if (p.Step == 11) cancel.Cancel(); });
        FluentActions.Invoking(() => Train(interrupted)).Should().Throw<OperationCanceledException>();
        var steps = new List<long>();
        FineTuneTextOptions resumed = Options("two");
        (resumed.Resume, resumed.Progress) = (true, new Reporter(p => steps.Add(p.Step)));
        Train(resumed).Should().Equal(expected);
        steps[0].Should().Be(12, "the checkpoint at cancellation holds step 11");
    }

    [Fact]
    public void A_resumed_run_may_begin_to_compute_layers_twice_or_cease_to()
    {
        byte[] expected = Train(Options("one"));
        using var cancel = new CancellationTokenSource();
        FineTuneTextOptions interrupted = Options("two");
        (interrupted.GradientCheckpointing, interrupted.CancellationToken) = (true, cancel.Token);
        interrupted.Progress = new Reporter(p => { if (p.Step == 11) cancel.Cancel(); });
        FluentActions.Invoking(() => Train(interrupted)).Should().Throw<OperationCanceledException>();
        FineTuneTextOptions resumed = Options("two");
        resumed.Resume = true;
        Train(resumed).Should().Equal(expected);
    }

    [Fact]
    public void A_run_under_a_limit_of_memory_is_resumed_to_the_same_weights_and_under_no_other_limit()
    {
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        FineTuneTextOptions Limited(string name, long? limit, bool twice = false)
        {
            FineTuneTextOptions options = Options(name);
            (options.MemoryLimit, options.GradientCheckpointing, options.Resume) = (limit, twice, true);
            return options;
        }

        byte[] expected = Train(Limited("one", 16_800_000));
        log.Should().Contain(line => line.Contains("MemoryLimit of 16.8 MB") && !line.Contains("8 of 8 rows"), "batches are divided");
        using var cancel = new CancellationTokenSource();
        FineTuneTextOptions interrupted = Limited("two", 16_800_000);
        (interrupted.CancellationToken, interrupted.Progress) = (cancel.Token, new Reporter(p => { if (p.Step == 11) cancel.Cancel(); }));
        FluentActions.Invoking(() => Train(interrupted)).Should().Throw<OperationCanceledException>();
        foreach (FineTuneTextOptions other in (FineTuneTextOptions[])[Limited("two", 17_000_000), Limited("two", null), Limited("two", 16_800_000, twice: true)])
            FluentActions.Invoking(() => Train(other)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: MemoryLimit*");
        Train(Limited("two", 16_800_000)).Should().Equal(expected);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused_with_the_difference()
    {
        Train(Options("run"));
        FluentActions.Invoking(() => Train(Options("run"))).Should().Throw<InvalidOperationException>().WithMessage("*holds a checkpoint*Set Resume*");
        FineTuneTextOptions other = Options("run");
        (other.Resume, other.LearningRate) = (true, 1e-4);
        FluentActions.Invoking(() => Train(other)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: LearningRate*");
        FineTuneTextOptions smoothed = Options("run");
        (smoothed.Resume, smoothed.LabelSmoothing) = (true, 0.1);
        FineTuneTextOptions scoring = Options("run");
        (scoring.Resume, scoring.ScoringPrecision) = (true, ScoringPrecision.BFloat16);
        FluentActions.Invoking(() => Train(scoring)).Should().NotThrow("what a model gives is no part of what it learnt");
        FluentActions.Invoking(() => Train(smoothed)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: LabelSmoothing was 0, is now 0.1*");
    }

    [Fact]
    public void Adapters_of_another_scale_and_another_encoder_under_them_are_another_run()
    {
        using TextEncoderTransformer first = Encoder(1), second = Encoder(2);
        byte[] expected = Run(first, 16, resume: false);
        Run(first, 16, resume: true).Should().Equal(expected);
        FluentActions.Invoking(() => Run(first, 64, resume: true)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: Lora*Alpha = 16*Alpha = 64*");
        FluentActions.Invoking(() => Run(second, 16, resume: true)).Should().Throw<InvalidOperationException>().WithMessage("*of another run: frozen weights*");

        TextEncoderTransformer Encoder(int seed) => new MLContext(seed).Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml));

        byte[] Run(TextEncoderTransformer encoder, double alpha, bool resume)
        {
            FineTuneTextOptions options = Options("adapted");
            (options.Lora, options.Resume) = (new() { Alpha = alpha }, resume);
            using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(encoder, options).Fit(TinyTexts.View(_ml));
            model.SaveCheckpoint(_folder.File("adapted-out"));
            return File.ReadAllBytes(Path.Combine(_folder.File("adapted-out"), "model.safetensors"));
        }
    }

    [Fact]
    public void A_damaged_newest_checkpoint_gives_way_to_the_one_before()
    {
        byte[] expected = Train(Options("run"));
        string newest = Directory.GetDirectories(_folder.File("run")).OrderBy(Directory.GetLastWriteTimeUtc).Last();
        foreach (string file in Directory.GetFiles(newest)) File.WriteAllBytes(file, [1, 2, 3]);
        FineTuneTextOptions resumed = Options("run");
        resumed.Resume = true;
        Train(resumed).Should().Equal(expected, "it went on from the checkpoint before");
        foreach (string file in Directory.GetFiles(_folder.File("run"), "*", SearchOption.AllDirectories)) File.WriteAllBytes(file, [1, 2, 3]);
        FluentActions.Invoking(() => Train(resumed)).Should().Throw<InvalidDataException>().WithMessage("*Checkpoint*cannot be used*Delete it*");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_with_evaluations_is_resumed_whether_or_not_the_best_weights_are_kept(bool restoreBest)
    {
        FineTuneTextOptions Evaluated(string checkpoints)
        {
            FineTuneTextOptions options = Options(checkpoints);
            (options.ValidationFraction, options.EvaluationsPerEpoch, options.RestoreBest) = (0.2, 3, restoreBest);
            return options;
        }

        byte[] expected = Train(Evaluated("one"));
        using var cancel = new CancellationTokenSource();
        FineTuneTextOptions interrupted = Evaluated("two");
        (interrupted.CancellationToken, interrupted.Progress) = (cancel.Token, new Reporter(p => { if (p.Step == 11) cancel.Cancel(); }));
        FluentActions.Invoking(() => Train(interrupted)).Should().Throw<OperationCanceledException>();
        FineTuneTextOptions resumed = Evaluated("two");
        long first = 0;
        (resumed.Resume, resumed.Progress) = (true, new Reporter(p => first = first == 0 ? p.Step : first));
        Train(resumed).Should().Equal(expected);
        first.Should().Be(12);
        Train(resumed).Should().Equal(expected, "a finished run is opened");
        FineTuneTextOptions other = Evaluated("two");
        (other.Resume, other.RestoreBest) = (true, !restoreBest);
        FluentActions.Invoking(() => Train(other)).Should().Throw<InvalidOperationException>().WithMessage("*RestoreBest*");
    }

    [Fact]
    public void An_evaluation_that_was_broken_off_is_done_by_the_resumed_run()
    {
        (double[] expected, string[] lines) = Run("one", breakOffAt: null);
        (double[] resumed, string[] resumedLines) = Run("two", breakOffAt: 2);
        resumed.Should().Equal(expected);
        resumedLines.Should().Equal(lines);

        (double[] BestLoss, string[] Lines) Run(string name, int? breakOffAt)
        {
            using TokenStore store = Store();
            string file = _folder.File(name + ".jsonl");
            FineTuneTextOptions options = Options(name);
            (options.ValidationFraction, options.EvaluationsPerEpoch, options.MetricsFile, options.Resume) = (0.2, 2, file, true);
            if (breakOffAt is { } evaluation) FluentActions.Invoking(() => Train(store, options, evaluation)).Should().Throw<OperationCanceledException>();
            TrainingResult result = Train(store, options, null);
            return ([.. result.BestMetrics!.Values], [.. File.ReadLines(file).Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!).Select(line => $"{line["step"]} {line["epoch"]} {line["loss"]} {line["learningRate"]} {line["gradientNorm"]} {line["validation"]}")]);
        }

        static TrainingResult Train(TokenStore store, FineTuneTextOptions options, int? breakOffAt)
        {
            var config = new TextEncoderConfig { VocabSize = 50, HiddenSize = 8, LayerCount = 1, HeadCount = 1, IntermediateSize = 8, HasPooler = false };
            using var network = new SequenceClassifier(new TextEncoder(config, 1), 2, 0, 1);
            var task = new BrokenOff(new TextClassificationTask(network, 1, _ => 1, options), breakOffAt);
            return TrainingLoop.Run(task, store.All, null, options, new TrainingContext { Owner = "test", DefaultSeed = 1 });
        }

        static TokenStore Store()
        {
            using var writer = new TokenStoreWriter(new TokenStoreFormat(50, 0, false, LabelKind.Class));
            for (int row = 0; row < 60; row++) writer.Append([.. Enumerable.Range(0, 5).Select(i => (row * 7 + i * 3) % 45 + 5)], 5, row % 2);
            return writer.Complete();
        }
    }

    public void Dispose() => _folder.Dispose();

    private byte[] Train(FineTuneTextOptions options)
    {
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(TinyTexts.View(_ml));
        model.SaveCheckpoint(_folder.File("out"));
        return File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors"));
    }

    private FineTuneTextOptions Options(string checkpoints) => new()
    {
        LabelColumnName = "Flag",
        Epochs = 3,
        BatchSize = 8,
        LearningRate = 3e-3,
        MaxLength = 24,
        Seed = 3,
        Threads = 1,
        CheckpointDirectory = _folder.File(checkpoints),
        CheckpointEverySteps = 4,
    };

    private Child Start(string checkpoints, string output, string what) => new(_folder.File(checkpoints), _folder.File(output), what);

    /// <summary>Cancels in the n-th evaluation.</summary>
    private sealed class BrokenOff(ITrainingTask task, int? evaluation) : ITrainingTask
    {
        private int _evaluations;

        public nn.Module Network => task.Network;

        public int LayerCount => task.LayerCount;

        public string SelectionMetric => task.SelectionMetric;

        public bool HigherIsBetter => task.HigherIsBetter;

        public int LayerOf(string parameterName) => task.LayerOf(parameterName);

        public Tensor Loss(TrainingBatch batch) => task.Loss(batch);

        public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches) =>
            ++_evaluations == evaluation ? throw new OperationCanceledException() : task.Evaluate(batches);
    }

    private sealed class Child : IDisposable
    {
        private readonly Process _process;

        public Child(string checkpoints, string output, string what) => _process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "TrainingProcess.dll"), checkpoints, output, what])
        { RedirectStandardOutput = true })!;

        /// <summary>Kill -9 after so many steps; false where the process ended before.</summary>
        public bool KillAfterSteps(int steps)
        {
            for (int i = 0; i < steps; i++)
                if (_process.StandardOutput.ReadLine() is null) return false;
            _process.Kill();
            _process.WaitForExit();
            return true;
        }

        public void WaitToEnd()
        {
            _process.StandardOutput.ReadToEnd();
            _process.WaitForExit();
            _process.ExitCode.Should().Be(0);
        }

        public void Dispose() => _process.Dispose();
    }
}
