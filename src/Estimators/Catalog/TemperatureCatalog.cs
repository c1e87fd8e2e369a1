using Microsoft.ML.Data;
using MLNet.Pretrain.Calibrators;

namespace Microsoft.ML;

/// <summary>Adds temperature scaling to <c>mlContext.MulticlassClassification</c> and <c>mlContext.BinaryClassification.Calibrators</c>.</summary>
public static class TemperatureCatalog
{
    /// <summary>Replaces the probabilities of several classes by calibrated ones (Guo et al. 2017). Fit it on scored rows that the classifier was not trained on.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: of the kind the classifier was trained on.</param>
    /// <param name="scoreColumnName">Column of probabilities, one a class.</param>
    /// <example>
    /// <code>
    /// var split = ml.Data.TrainTestSplit(data, testFraction: 0.1);
    /// var model = trainer.Fit(split.TrainSet);
    /// var calibrated = model.Append(ml.MulticlassClassification.TemperatureScaling().Fit(model.Transform(split.TestSet)));
    /// </code>
    /// </example>
    public static TemperatureScalingEstimator TemperatureScaling(this MulticlassClassificationCatalog catalog, string labelColumnName = "Label", string scoreColumnName = "Score") =>
        new(CatalogUtils.GetEnvironment(catalog), new ClassScores(), labelColumnName, scoreColumnName);

    /// <summary>Adds calibrated probabilities to the log-odds of a binary classifier (Guo et al. 2017). Fit it on scored rows that the classifier was not trained on. One number is fitted, where <c>Platt</c> fits two: a score of 0 stays a probability of 0.5.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: Boolean, or numbers that are 0 or 1.</param>
    /// <param name="scoreColumnName">Column of log-odds.</param>
    public static TemperatureScalingEstimator Temperature(this BinaryClassificationCatalog.CalibratorsCatalog catalog, string labelColumnName = "Label", string scoreColumnName = "Score") =>
        new(((IInternalCatalog)catalog).Environment, new BinaryScores(), labelColumnName, scoreColumnName);
}
