namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned as a classifier. At most <see cref="TextTrainingOptions.MaxLength"/> tokens a row, by default 128.</summary>
public sealed class FineTuneTextOptions : TextClassificationOptions
{
    /// <summary>Column of the second text of a pair; default null: single texts.</summary>
    public string? PairColumnName { get; set; }

    /// <summary>Dropout everywhere while training, in [0, 1); default null: what the encoder was made with, mostly 0.1.</summary>
    public double? Dropout { get; set; }

    internal override string? SecondTextColumnName => PairColumnName;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        TunedEncoder.CheckDropout(owner, Dropout);
    }
}
