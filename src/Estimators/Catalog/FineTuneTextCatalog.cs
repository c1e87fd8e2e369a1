using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds fine-tuned encoders to <c>mlContext.MulticlassClassification.Trainers</c>, <c>mlContext.BinaryClassification.Trainers</c> and <c>mlContext.Regression.Trainers</c>.</summary>
public static class FineTuneTextCatalog
{
    /// <summary>Fine-tunes an encoder to tell the classes of a label.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: text, Boolean or numbers, whose different values are the classes; or a key, as <c>MapValueToKey</c> makes it, which ML.NET's <c>Evaluate</c> wants.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Category")
    ///     .Append(ml.MulticlassClassification.Trainers.FineTuneText("Label", "Text", "models/minilm"))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static FineTuneTextTrainer FineTuneText(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        TextEncoderSource encoder,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) => catalog.FineTuneText(encoder, Options(labelColumnName, textColumnName, epochs, learningRate, maxLength));

    /// <summary>Fine-tunes an encoder to tell the classes of a label, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, limits, training.</param>
    public static FineTuneTextTrainer FineTuneText(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TextEncoderSource encoder, FineTuneTextOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options, new MulticlassLabel());

    /// <summary>Fine-tunes an encoder to tell true from false.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: Boolean, or numbers that are 0 or 1.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    public static FineTuneTextTrainer FineTuneText(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        TextEncoderSource encoder,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) => catalog.FineTuneText(encoder, Options(labelColumnName, textColumnName, epochs, learningRate, maxLength));

    /// <summary>Fine-tunes an encoder to tell true from false, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, limits, training.</param>
    public static FineTuneTextTrainer FineTuneText(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, TextEncoderSource encoder, FineTuneTextOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options, new BinaryLabel());

    /// <summary>Fine-tunes an encoder to predict a number of a text or, with a second text column, of a pair.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: Single (which ML.NET's <c>Evaluate</c> wants), Double or an integer type.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="pairColumnName">Column of the second text of a pair; null: single texts.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text, or a pair, may have.</param>
    /// <example>
    /// <code>
    /// var similarity = ml.Regression.Trainers.FineTuneText("Similarity", "First", "models/minilm", pairColumnName: "Second");
    /// RegressionMetrics metrics = ml.Regression.Evaluate(similarity.Fit(train).Transform(test), "Similarity");
    /// </code>
    /// </example>
    public static FineTuneTextRegressionTrainer FineTuneText(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName,
        string textColumnName,
        TextEncoderSource encoder,
        string? pairColumnName = null,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) => catalog.FineTuneText(encoder, new FineTuneTextRegressionOptions
        {
            LabelColumnName = labelColumnName,
            TextColumnName = textColumnName,
            PairColumnName = pairColumnName,
            Epochs = epochs,
            LearningRate = learningRate,
            MaxLength = maxLength,
        });

    /// <summary>Fine-tunes an encoder to predict a number, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, limits, training.</param>
    public static FineTuneTextRegressionTrainer FineTuneText(this RegressionCatalog.RegressionTrainers catalog, TextEncoderSource encoder, FineTuneTextRegressionOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options);

    private static FineTuneTextOptions Options(string label, string text, double epochs, double learningRate, int maxLength) => new()
    {
        LabelColumnName = label,
        TextColumnName = text,
        Epochs = epochs,
        LearningRate = learningRate,
        MaxLength = maxLength,
    };
}
