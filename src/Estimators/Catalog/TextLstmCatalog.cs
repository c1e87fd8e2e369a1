using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds text classifiers that read words in their order to <c>mlContext.MulticlassClassification.Trainers</c> and <c>mlContext.BinaryClassification.Trainers</c>.</summary>
public static class TextLstmCatalog
{
    /// <summary>Trains a bidirectional LSTM over words to tell the classes of a label.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: text, Boolean or numbers, whose different values are the classes; or a key, as <c>MapValueToKey</c> makes it, which ML.NET's <c>Evaluate</c> wants.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="vectors">Word vectors to begin with: a file, loaded vectors, or a fitted <c>Word2Vec</c>; null = random ones.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Category")
    ///     .Append(ml.MulticlassClassification.Trainers.TextLstm("Label", "Text", vectors: "glove.6B.100d.txt"))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static TextLstmTrainer TextLstm(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        WordVectorSource? vectors = null,
        double epochs = 5,
        double learningRate = 1e-3) => catalog.TextLstm(Options(labelColumnName, textColumnName, vectors, epochs, learningRate));

    /// <summary>Trains a bidirectional LSTM over words to tell the classes of a label, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns, words, network, training.</param>
    public static TextLstmTrainer TextLstm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TextLstmOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), options, new MulticlassLabel());

    /// <summary>Trains a bidirectional LSTM over words to tell true from false.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: Boolean, or numbers that are 0 or 1.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="vectors">Word vectors to begin with: a file, loaded vectors, or a fitted <c>Word2Vec</c>; null = random ones.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate.</param>
    public static TextLstmTrainer TextLstm(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        WordVectorSource? vectors = null,
        double epochs = 5,
        double learningRate = 1e-3) => catalog.TextLstm(Options(labelColumnName, textColumnName, vectors, epochs, learningRate));

    /// <summary>Trains a bidirectional LSTM over words to tell true from false, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns, words, network, training.</param>
    public static TextLstmTrainer TextLstm(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, TextLstmOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), options, new BinaryLabel());

    private static TextLstmOptions Options(string label, string text, WordVectorSource? vectors, double epochs, double learningRate) =>
        new() { LabelColumnName = label, TextColumnName = text, Vectors = vectors, Epochs = epochs, LearningRate = learningRate };
}
