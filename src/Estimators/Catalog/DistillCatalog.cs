using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds to <c>mlContext.MulticlassClassification</c> and <c>mlContext.BinaryClassification</c> what teaches any pipeline of ML.NET.</summary>
public static class DistillCatalog
{
    /// <summary>Fits a pipeline to a teacher's probabilities: its trainer must read the weight column.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">Any pipeline whose trainer reads a key label and example weights.</param>
    /// <param name="labelColumnName">Label: a key, text, Boolean or numbers. The student finds a key under this name.</param>
    /// <param name="weightColumnName">The student finds the weights under this name.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    /// <example>
    /// <code>
    /// var student = ml.Transforms.Text.BagOfWords("Features", "Text").Append(
    ///     ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Category", exampleWeightColumnName: "Weight"));
    /// ITransformer small = ml.MulticlassClassification.Distill(DistillationTeacher.Of(bert), student, "Category").Fit(train);
    /// </code>
    /// </example>
    public static DistilledEstimator Distill(this MulticlassClassificationCatalog catalog, DistillationTeacher teacher, IEstimator<ITransformer> student, string labelColumnName = "Label", string weightColumnName = "Weight", DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), teacher, student, labelColumnName, weightColumnName, distillation ?? new(), new MulticlassLabel());

    /// <summary>Fits a pipeline to a teacher's probabilities: its trainer must read the weight column.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">Any pipeline whose trainer reads a Boolean label and example weights.</param>
    /// <param name="labelColumnName">Label: Boolean, or numbers that are 0 or 1. The student finds a Boolean under this name.</param>
    /// <param name="weightColumnName">The student finds the weights under this name.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static DistilledEstimator Distill(this BinaryClassificationCatalog catalog, DistillationTeacher teacher, IEstimator<ITransformer> student, string labelColumnName = "Label", string weightColumnName = "Weight", DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), teacher, student, labelColumnName, weightColumnName, distillation ?? new(), new BinaryLabel());
}
