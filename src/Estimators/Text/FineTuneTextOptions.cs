namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned as a classifier. At most <see cref="TextTrainingOptions.MaxLength"/> tokens a row, by default 128.</summary>
public sealed class FineTuneTextOptions : EncoderTextOptions, IClassificationOptions
{
    /// <summary>Part of each label's mass spread over all classes, in [0, 1); default 0 (Szegedy et al. 2016). 0.1 calms noisy labels.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>One weight a class in the order of the label's keys, or of its values sorted where it is no key (false, true for binary), above 0; default null: all 1. A weight of 2 counts each row of the class twice; raise those of rare classes.</summary>
    public IReadOnlyList<double>? ClassWeights { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        this.ValidateLoss(owner);
    }
}
