using Microsoft.ML;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

// TrainingProcess CHECKPOINTS OUTPUT classifier|steadied|tokens|bert|embeddings|gpt|elmo: trains a tiny model, going on from CHECKPOINTS where there are any, prints each step, and
// writes the trained checkpoint to OUTPUT. The same rows and seeds every time.
var ml = new MLContext(seed: 1);
string[] good = ["a fine warm film", "good and moving", "warm good fun for all the family", "fine"], bad = ["a dull cold film", "bad and slow", "cold bad waste of an evening in town", "dull"];
IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 96).Select(i =>
{
    string text = (i % 2 == 0 ? good : bad)[i / 2 % 4] + string.Concat(Enumerable.Repeat(" film", i % 7));
    return new Row { Text = text, Pair = (i % 2 == 0 ? good : bad)[i % 3], Label = i % 2 == 0, Tags = [.. text.Split(' ').Select(word => word.Length > 3 ? "B-LONG" : "O")] };
}));
var encoder = new ScratchEncoder { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, VocabularySize = 200, Dropout = 0.1 };
try
{
    switch (args[2])
    {
        case "bert":
            using (TextEncoderTransformer bert = ml.Transforms.Text.PretrainBert("Features", "Text", Resumable(new PretrainBertOptions { Encoder = encoder, MaxLength = 16, Epochs = 5, LearningRate = 3e-3 })).Fit(data)) bert.SaveCheckpoint(args[1]);
            break;
        case "embeddings":
            using (TextEncoderTransformer vectors = ml.Transforms.Text.FineTuneEmbeddings("Features", "Text", "Pair", encoder, Resumable(new FineTuneEmbeddingsOptions { Epochs = 5, LearningRate = 3e-3 })).Fit(data)) vectors.SaveCheckpoint(args[1]);
            break;
        case "gpt":
            var scratch = new ScratchGpt { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 16, Dropout = 0.1 };
            using (GptTransformer gpt = ml.Transforms.Text.PretrainGpt("Features", "Text", Resumable(new PretrainGptOptions { Model = scratch, Epochs = 4, LearningRate = 3e-3 })).Fit(data)) gpt.SaveCheckpoint(args[1]);
            break;
        case "elmo":
            var options = new PretrainElmoOptions { CellSize = 16, ProjectionSize = 8, Filters = [new(1, 8), new(3, 8)], MinCount = 1, SampledWords = 6, Epochs = 10 };
            using (ElmoTransformer elmo = ml.Transforms.Text.PretrainElmo("Features", "Text", Resumable(options)).Fit(data)) elmo.SaveCheckpoint(args[1]);
            break;
        case "tokens":
            var tagging = new FineTuneTokensOptions { LabelColumnName = "Tags", Scheme = TagScheme.Bio, UseCrf = true, Epochs = 10, LearningRate = 3e-3, MaxLength = 12 };
            using (TokenClassificationTransformer tagger = ml.MulticlassClassification.Trainers.FineTuneTokens(encoder, Resumable(tagging)).Fit(data)) tagger.SaveCheckpoint(args[1]);
            break;
        case "steadied":
            var steadied = new FineTuneTextOptions { Epochs = 5, MaxLength = 24, Seeds = 2, FindLearningRate = true, UnfreezeEveryEpochs = 0.5, AveragedFraction = 0.6, GradientCheckpointing = true, MemoryLimit = 16_800_000 };
            using (TextClassificationTransformer model = ml.BinaryClassification.Trainers.FineTuneText(encoder, Resumable(steadied)).Fit(data)) model.SaveCheckpoint(args[1]);
            break;
        default:
            var tuning = new FineTuneTextOptions { Epochs = 10, LearningRate = 3e-3, MaxLength = 24 };
            using (TextClassificationTransformer model = ml.BinaryClassification.Trainers.FineTuneText(encoder, Resumable(tuning)).Fit(data)) model.SaveCheckpoint(args[1]);
            break;
    }
    return 0;
}
catch (IOException e)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}

T Resumable<T>(T options) where T : TrainingOptions
{
    (options.BatchSize, options.Seed, options.Threads, options.ValidationFraction) = (8, 7, 1, 0.2);
    (options.CheckpointDirectory, options.CheckpointEverySteps, options.Resume, options.Progress) = (args[0], 3, true, new Printer());
    return options;
}

internal sealed class Row
{
    public string Text { get; set; } = "";

    public string Pair { get; set; } = "";

    public bool Label { get; set; }

    public string[] Tags { get; set; } = [];
}

internal sealed class Printer : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        Console.WriteLine($"{value.Step} {value.TotalSteps}");
        Thread.Sleep(5);   // slow enough to be killed in the middle
    }
}
