using Microsoft.ML;

namespace MLNet.Pretrain.Training;

/// <summary>How a network is trained on rows with labels, or on pairs: what is validated on, how often it is tried, and everything of <see cref="TrainingOptions"/>.</summary>
public abstract class SupervisedTrainingOptions : TrainingOptions
{
    private protected SupervisedTrainingOptions()
    {
    }

    /// <summary>Rows for validation, with the same columns as the training data; default null: <see cref="TrainingOptions.ValidationFraction"/> of the training rows.</summary>
    public IDataView? ValidationData { get; set; }

    /// <summary>
    /// Trainings one after another, from seed <see cref="TrainingOptions.Seed"/>, the next one and so on, of which the best by validation is the result; default 1, 1 or more. On few
    /// rows seeds differ by more than many a method (Dodge et al. 2020). New weights, the order of rows and dropout differ, the encoder's weights and the rows held out do not. Each
    /// has a folder <c>seed-N</c> of its own, N from 1, in <see cref="TrainingOptions.CheckpointDirectory"/>, and a <see cref="TrainingOptions.MetricsFile"/> with <c>.seed-N</c> before its extension.
    /// </summary>
    [OutputOnly]
    public int Seeds { get; set; } = 1;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        CheckValidation(owner, ValidationData);
        if (Seeds < 1) throw new ArgumentException($"{owner}: Seeds is {Seeds}; expected 1 or more.");
        if (Seeds > 1 && !RestoreBest) throw new ArgumentException($"{owner}: Seeds is {Seeds} and RestoreBest is false; expected true: seeds are compared by their best weights.");
    }

    /// <summary>A copy with files of its own for one of several trainings, which count from 1.</summary>
    internal SupervisedTrainingOptions OfRun(int run)
    {
        var copy = (SupervisedTrainingOptions)Clone();
        if (CheckpointDirectory is { } folder) copy.CheckpointDirectory = Path.Combine(folder, $"seed-{run}");
        if (MetricsFile is { } file) copy.MetricsFile = Path.ChangeExtension(file, $".seed-{run}{Path.GetExtension(file)}");
        return copy;
    }
}
