using Microsoft.ML;

namespace MLNet.Pretrain.Training;

/// <summary>How a network is trained on rows with labels, or on pairs: what is validated on, and everything of <see cref="TrainingOptions"/>.</summary>
public abstract class SupervisedTrainingOptions : TrainingOptions
{
    private protected SupervisedTrainingOptions()
    {
    }

    /// <summary>Rows for validation, with the same columns as the training data; default null: <see cref="TrainingOptions.ValidationFraction"/> of the training rows.</summary>
    public IDataView? ValidationData { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        CheckValidation(owner, ValidationData);
    }
}
