namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned to tell classes that have an order.</summary>
public sealed class FineTuneOrdinalOptions : EncoderTextOptions;
