namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned to predict a number. At most <see cref="TextTrainingOptions.MaxLength"/> tokens a row, by default 128.</summary>
public sealed class FineTuneTextRegressionOptions : EncoderTextOptions;
