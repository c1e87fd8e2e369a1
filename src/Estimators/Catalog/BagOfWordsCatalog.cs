using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds a fast bag of words to <c>mlContext.Transforms.Text</c>.</summary>
public static class BagOfWordsCatalog
{
    /// <summary>Turns each text into the sparse vector of its words and n-grams.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: sparse <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="options">N-grams, weights, words; default null: words and pairs, TF-IDF, length 1.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Text.BagOfWords("Features", "Text", new() { NgramLength = 2 })
    ///     .AppendCacheCheckpoint(ml)
    ///     .Append(ml.BinaryClassification.Trainers.SdcaLogisticRegression());
    /// </code>
    /// </example>
    public static BagOfWordsEstimator BagOfWords(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, BagOfWordsOptions? options = null) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, options ?? new BagOfWordsOptions());
}
