using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds multi-label classification by fine-tuned encoders to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class FineTuneMultiLabelCatalog
{
    /// <summary>Fine-tunes an encoder to give a text any number of labels.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: a vector of keys, as <c>MapValueToKey</c> makes it of a vector of text, or of Boolean or Single with a slot name a label.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    /// <param name="validationFraction">Part of the rows that chooses thresholds and the best epoch; 0: thresholds are 0.5.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Topics")
    ///     .Append(ml.MulticlassClassification.Trainers.FineTuneMultiLabel("Topics", "Text", "models/minilm"))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static FineTuneMultiLabelTrainer FineTuneMultiLabel(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        TextEncoderSource encoder,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128,
        double validationFraction = 0.1) => catalog.FineTuneMultiLabel(encoder, new FineTuneMultiLabelOptions
        {
            LabelColumnName = labelColumnName,
            TextColumnName = textColumnName,
            Epochs = epochs,
            LearningRate = learningRate,
            MaxLength = maxLength,
            ValidationFraction = validationFraction,
        });

    /// <summary>Fine-tunes an encoder to give a text any number of labels, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, limits, thresholds, training.</param>
    public static FineTuneMultiLabelTrainer FineTuneMultiLabel(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TextEncoderSource encoder, FineTuneMultiLabelOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options);
}
