using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How an encoder's text vectors are trained, whatever they are to be like: text limits, pooling, and everything of <see cref="EncoderTuningOptions"/>.</summary>
public abstract class EmbeddingTrainingOptions : EncoderTuningOptions
{
    private protected EmbeddingTrainingOptions()
    {
    }

    /// <summary>The most tokens a text may have, special tokens included; default 128, 3 or more, 0 = the encoder's limit. Each text of a row by itself.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>What is cut from longer texts; default the end.</summary>
    public TruncationStrategy Truncation { get; set; } = TruncationStrategy.LongestFirst;

    /// <summary>How token vectors become a text's vector, in training and in the fitted transformer; default the mean (best in Reimers and Gurevych 2019). <see cref="Pooling.Pooler"/> needs an encoder that has one.</summary>
    public Pooling Pooling { get; set; } = Pooling.Mean;

    /// <summary>Whether the fitted transformer scales vectors to Euclidean length 1; default true, so that their scalar product is the cosine that was trained.</summary>
    [OutputOnly]
    public bool Normalize { get; set; } = true;

    /// <summary>Arithmetic of the fitted transformer; default 32 bits.</summary>
    [OutputOnly]
    public ScoringPrecision ScoringPrecision { get; set; } = ScoringPrecision.Float32;

    internal TextEncodingOptions Encoding(string outputColumnName, string inputColumnName, int? maxLength = null) => new()
    {
        OutputColumnName = outputColumnName,
        InputColumnName = inputColumnName,
        Pooling = Pooling,
        Normalize = Normalize,
        MaxLength = maxLength ?? MaxLength,
        Truncation = Truncation,
        Device = Device,
        Precision = ScoringPrecision,
    };

    // Before hours of training.
    internal void CheckPooling(string owner, bool hasPooler)
    {
        if (Pooling == Pooling.Pooler && !hasPooler) throw new ArgumentException($"{owner}: Pooling is Pooler, but the encoder has no pooler. Choose Mean, Max or Cls.");
    }
}
