using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Text;

namespace CompareTextClassifiers;

/// <summary>
/// Bag of words + logistic regression at its best: n-gram length and regularization are chosen on a fifth of the rows it is given, then it is
/// fitted on all of them. ML.NET's defaults (character trigrams, strong regularization) would flatter whatever stands beside it.
/// </summary>
public sealed class TunedBagOfWords(MLContext ml) : IEstimator<ITransformer>
{
    private static readonly int[] s_ngramLengths = [1, 2];
    private static readonly float[] s_l2Regularizations = [1e-5f, 1e-6f];

    /// <summary>What the last fit chose.</summary>
    public string Choice { get; private set; } = "";

    public ITransformer Fit(IDataView input)
    {
        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(input, 0.2, seed: 1);
        var best = (Accuracy: -1.0, Ngrams: 1, L2: 1e-5f);
        foreach (int ngrams in s_ngramLengths)
        {
            ITransformer featurizer = Featurizer(ngrams).Fit(split.TrainSet);
            IDataView train = ml.Data.Cache(featurizer.Transform(split.TrainSet)), held = ml.Data.Cache(featurizer.Transform(split.TestSet));
            foreach (float l2 in s_l2Regularizations)
            {
                double accuracy = ml.MulticlassClassification.Evaluate(Trainer(l2).Fit(train).Transform(held)).MicroAccuracy;
                if (accuracy > best.Accuracy) best = (accuracy, ngrams, l2);
            }
        }
        Choice = $"{(best.Ngrams == 1 ? "single words" : "words and pairs of words")}, L2 {best.L2:0e0}";
        // Cached between featurizer and trainer: SDCA reads its rows many times.
        return Featurizer(best.Ngrams).AppendCacheCheckpoint(ml).Append(Trainer(best.L2)).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        Featurizer(1).Append(Trainer(1e-5f)).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).GetOutputSchema(inputSchema);

    private EstimatorChain<ITransformer> Featurizer(int ngrams) => new EstimatorChain<ITransformer>()
        .Append(ml.Transforms.Conversion.MapValueToKey("Label", "Category"))
        .Append(ml.Transforms.Text.FeaturizeText("Features", new TextFeaturizingEstimator.Options
        {
            CaseMode = TextNormalizingEstimator.CaseMode.Lower,
            KeepPunctuations = false,
            CharFeatureExtractor = null,
            Norm = TextFeaturizingEstimator.NormFunction.L2,
            WordFeatureExtractor = new WordBagEstimator.Options
            {
                NgramLength = ngrams,
                UseAllLengths = true,
                Weighting = NgramExtractingEstimator.WeightingCriteria.TfIdf,
                MaximumNgramsCount = ngrams == 1 ? [200_000] : [200_000, 1_000_000],
            },
        }, "Text"));

    // One thread: the same rows then give the same model.
    private IEstimator<ITransformer> Trainer(float l2) => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new()
    {
        L2Regularization = l2,
        L1Regularization = 0,
        MaximumNumberOfIterations = 20,
        NumberOfThreads = 1,
    });
}
