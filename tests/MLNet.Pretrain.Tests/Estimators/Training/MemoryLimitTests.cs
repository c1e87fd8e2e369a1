using Microsoft.ML;
using MLNet.Pretrain.Benchmarks;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>The limit on training's memory against what the process really takes.</summary>
public sealed class MemoryLimitTests
{
    private const int Rows = 144, Words = 128;

    private readonly MLContext _ml = new(seed: 1);

    [PeakMemoryTheory]
    [InlineData("encoder", TrainingPrecision.Float32, false)]
    [InlineData("encoder", TrainingPrecision.BFloat16, false)]
    [InlineData("encoder", TrainingPrecision.Float32, true)]
    [InlineData("bert", TrainingPrecision.Float32, false)]
    [InlineData("gpt", TrainingPrecision.Float32, false)]
    [InlineData("elmo", TrainingPrecision.Float32, false)]
    [InlineData("language model", TrainingPrecision.Float32, false)]
    [InlineData("cnn", TrainingPrecision.Float32, false)]
    [InlineData("lstm", TrainingPrecision.Float32, false)]
    public void Training_takes_about_the_limit_or_less_and_uses_much_of_it(string what, TrainingPrecision precision, bool twice)
    {
        // Without a limit it takes 200 MB and more.
        const double limit = 150e6;
        Fit(options => (options.BatchSize, options.MaxSteps) = (4, 1));   // what is made once: buffers of libtorch, compiled code
        MemoryTrimmer.Trim();
        double before = PeakMemory.Restart();
        Fit(options => options.MemoryLimit = (long)limit);
        double taken = (PeakMemory.Megabytes() - before) * (1 << 20);
        (taken / limit).Should().BeInRange(0.35, 1.1);

        void Fit(Action<TrainingOptions> change)
        {
            TrainingOptions options = Options(what);
            (options.BatchSize, options.MaxSteps, options.Seed, options.Precision, options.GradientCheckpointing) = (Rows, 2, 1, precision, twice);
            change(options);
            ((IDisposable)Estimator(options).Fit(Texts())).Dispose();
        }
    }

    private static TrainingOptions Options(string what) => what switch
    {
        "encoder" => new FineTuneTextOptions { LabelColumnName = "Flag", MaxLength = Words },
        "bert" => new PretrainBertOptions { Encoder = Encoder, MaxLength = Words },
        "gpt" => new PretrainGptOptions { Model = new ScratchGpt { LayerCount = 3, HiddenSize = 128, HeadCount = 4, MaxPositions = Words, VocabularySize = 2000 }, BlockSize = Words },
        "elmo" => new PretrainElmoOptions { CellSize = 128, ProjectionSize = 64, MinCount = 1, MaxSentenceLength = Words },
        "language model" => new NeuralLanguageModelOptions { MinCount = 1, SampledWords = 0 },
        "cnn" => new TextCnnOptions { LabelColumnName = "Flag" },
        _ => new TextLstmOptions { LabelColumnName = "Flag" },
    };

    private IEstimator<ITransformer> Estimator(TrainingOptions options) => options switch
    {
        FineTuneTextOptions classifier => _ml.BinaryClassification.Trainers.FineTuneText(Encoder, classifier),
        PretrainBertOptions bert => _ml.Transforms.Text.PretrainBert("Vector", "Text", bert),
        PretrainGptOptions gpt => _ml.Transforms.Text.PretrainGpt("Vector", "Text", gpt),
        PretrainElmoOptions elmo => _ml.Transforms.Text.PretrainElmo("Vector", "Text", elmo),
        NeuralLanguageModelOptions words => _ml.Transforms.Text.NeuralLanguageModel("Vector", "Text", words),
        TextCnnOptions cnn => _ml.BinaryClassification.Trainers.TextCnn(cnn),
        var lstm => _ml.BinaryClassification.Trainers.TextLstm((TextLstmOptions)lstm),
    };

    private static ScratchEncoder Encoder => new() { LayerCount = 3, HiddenSize = 128, HeadCount = 4, MaxPositions = Words, VocabularySize = 2000 };

    // Words of three letters, a thousand of them.
    private IDataView Texts()
    {
        var random = new Random(1);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(row => new TinyTexts.Row
        {
            Text = string.Join(' ', Enumerable.Range(0, Words + 20).Select(_ => Word(random.Next(1000)))),
            Flag = row % 2 == 0,
        }).ToArray());

        static string Word(int number) => new([(char)('a' + number % 10), (char)('k' + number / 10 % 10), (char)('a' + number / 100)]);
    }
}
