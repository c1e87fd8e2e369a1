using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>How a small encoder learns a large one's text vectors, in one language or in several (Reimers and Gurevych 2020). Vectors are pooled, and compared, as <see cref="EmbeddingTrainingOptions.Pooling"/> and <see cref="EmbeddingTrainingOptions.Normalize"/> say.</summary>
public sealed class DistillEmbeddingsOptions : EmbeddingTrainingOptions
{
    /// <summary>What is imitated; default <see cref="EmbeddingImitation.SquaredError"/>. With <see cref="EmbeddingTrainingOptions.Normalize"/> both are the same but for a factor.</summary>
    public EmbeddingImitation Loss { get; set; } = EmbeddingImitation.SquaredError;

    /// <summary>Text column with a translation, or a paraphrase, of each row's text: its vector is to be the teacher's vector of the text, as that of the text itself is. It may be empty in some rows. Several rows may have the same text and translations into several languages. Default null: texts alone.</summary>
    [OutputOnly]
    public string? TranslationColumnName { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        if (!Enum.IsDefined(Loss)) throw new ArgumentException($"{owner}: Loss is {Loss}; expected one of {string.Join(", ", Enum.GetNames<EmbeddingImitation>())}.");
        if (TranslationColumnName is "") throw new ArgumentException($"{owner}: TranslationColumnName is ''; expected null or the name of a text column.");
    }
}
