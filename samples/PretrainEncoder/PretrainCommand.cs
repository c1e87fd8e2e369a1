using System.Globalization;
using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Text;
using Spectre.Console;

namespace PretrainEncoder;

/// <summary>Pretrains, writes the checkpoint, its card and its curves.</summary>
public static class PretrainCommand
{
    public static void Run(PretrainArguments arguments, CancellationToken cancellation)
    {
        var ml = new MLContext(arguments.Seed);
        List<TextDocument> texts = [.. Corpus.Read(arguments.Texts)];
        if (texts.Count == 0) throw new InvalidDataException("The files hold no text; expected a text a line.");
        IDataView data = ml.Data.LoadFromEnumerable(texts);
        Directory.CreateDirectory(arguments.Output);
        var stages = new List<PretrainingStage>();

        TextEncoderSource encoder = new ScratchEncoder
        {
            LayerCount = arguments.Layers,
            HiddenSize = arguments.Hidden,
            HeadCount = Math.Max(1, arguments.Hidden / 64),
            VocabularySize = arguments.Vocabulary,
            MaxPositions = Math.Max(512, arguments.MaxLength),
            Dropout = 0.1,
        };
        TextEncoderTransformer? model = null;
        if (arguments.Epochs > 0) model = Pretrain("words", SequencePacking.Documents, arguments.Epochs, arguments.LearningRate);
        if (arguments.PairEpochs > 0)
        {
            if (model is not null) encoder = model;
            TextEncoderTransformer? before = model;
            model = Pretrain("pairs", SequencePacking.SameDocumentPairs, arguments.PairEpochs, arguments.PairLearningRate);
            before?.Dispose();
        }
        if (model is null) throw new ArgumentException("--epochs and --pair-epochs are both 0; expected one of them above.");

        using (model)
        {
            model.SaveCheckpoint(arguments.Output, WeightType.BFloat16);
            TrainingCurve.Save([.. stages.Select(s => (s.Name, s.MetricsFile))], Path.Combine(arguments.Output, "training.html"));
            ModelCard.Save(arguments, texts, stages, Path.Combine(arguments.Output, "README.md"));
            Show(model);
        }
        AnsiConsole.MarkupLineInterpolated($"Encoder: [link]{arguments.Output}[/]");

        TextEncoderTransformer Pretrain(string name, SequencePacking packing, double epochs, double learningRate)
        {
            var display = new PretrainingDisplay(name);
            string metrics = Path.Combine(arguments.Output, $"training-{name}.jsonl");
            var options = new PretrainBertOptions
            {
                Encoder = encoder,
                Packing = packing,
                // Hidden words: a text is a row, as it will be when it is scored, and its positions mean something. Pairs: passages of one document.
                DocumentColumnName = packing == SequencePacking.Documents ? null : nameof(TextDocument.Document),
                MaxLength = arguments.MaxLength,
                DuplicateFactor = 1,
                Dropout = arguments.Dropout,
                Epochs = epochs,
                BatchSize = arguments.BatchSize,
                LearningRate = learningRate,
                Precision = arguments.Precision,
                ValidationFraction = 0.02,
                RestoreBest = false,   // the last weights have seen the lowest learning rate; at this size nothing overfits
                MetricsFile = metrics,
                CheckpointDirectory = arguments.Work is null ? null : Path.Combine(arguments.Work, name),
                Resume = arguments.Work is not null,
                Progress = display,
                CancellationToken = cancellation,
                Seed = arguments.Seed,
            };
            TextEncoderTransformer fitted = display.Run(() => ml.Transforms.Text.PretrainBert("Vector", nameof(TextDocument.Text), options).Fit(data));
            stages.Add(new PretrainingStage(name, packing, epochs, learningRate, metrics));
            return fitted;
        }
    }

    private static void Show(TextEncoderTransformer model)
    {
        const string Sentence = "Returns a new [MASK] that contains the elements of the sequence.";
        IReadOnlyList<WordProbability> words = model.FillMask(Sentence)[0];
        AnsiConsole.MarkupLineInterpolated($"{Sentence} {string.Join(", ", words.Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Word} {w.Probability:0.00}")))}");
    }
}
