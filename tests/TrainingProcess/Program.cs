using Microsoft.ML;
using MLNet.Pretrain.Text;

// TrainingProcess CHECKPOINTS OUTPUT [elmo]: trains a tiny classifier, or an ELMo, going on from CHECKPOINTS where there are any, prints each step, and
// writes the trained checkpoint to OUTPUT. The same rows and seeds every time.
var ml = new MLContext(seed: 1);
string[] good = ["a fine warm film", "good and moving", "warm good fun for all the family", "fine"], bad = ["a dull cold film", "bad and slow", "cold bad waste of an evening in town", "dull"];
IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 96).Select(i => new Row { Text = (i % 2 == 0 ? good : bad)[i / 2 % 4] + string.Concat(Enumerable.Repeat(" film", i % 7)), Label = i % 2 == 0 }));
if (args is [_, _, "elmo"])
{
    using ElmoTransformer elmo = ml.Transforms.Text.PretrainElmo("Features", "Text", new PretrainElmoOptions
    {
        CellSize = 16,
        ProjectionSize = 8,
        Filters = [new(1, 8), new(3, 8)],
        MinCount = 1,
        SampledWords = 6,
        Epochs = 10,
        BatchSize = 8,
        Seed = 7,
        Threads = 1,
        ValidationFraction = 0.2,
        CheckpointDirectory = args[0],
        CheckpointEverySteps = 3,
        Resume = true,
        Progress = new Printer(),
    }).Fit(data);
    elmo.SaveCheckpoint(args[1]);
    return;
}
var options = new FineTuneTextOptions
{
    Epochs = 10,
    BatchSize = 8,
    LearningRate = 3e-3,
    MaxLength = 24,
    Seed = 7,
    Threads = 1,
    ValidationFraction = 0.2,
    CheckpointDirectory = args[0],
    CheckpointEverySteps = 3,
    Resume = true,
    Progress = new Printer(),
};
var encoder = new ScratchEncoder { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, VocabularySize = 200, Dropout = 0.1 };
using TextClassificationTransformer model = ml.BinaryClassification.Trainers.FineTuneText(encoder, options).Fit(data);
model.SaveCheckpoint(args[1]);

internal sealed class Row
{
    public string Text { get; set; } = "";

    public bool Label { get; set; }
}

internal sealed class Printer : IProgress<MLNet.Pretrain.Training.TrainingProgress>
{
    public void Report(MLNet.Pretrain.Training.TrainingProgress value)
    {
        Console.WriteLine($"{value.Step} {value.TotalSteps}");
        Thread.Sleep(5);   // slow enough to be killed in the middle
    }
}
