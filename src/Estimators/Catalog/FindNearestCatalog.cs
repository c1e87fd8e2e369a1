using Microsoft.ML.Data;
using MLNet.Pretrain.Search;

namespace Microsoft.ML;

/// <summary>Adds the search for nearest rows to <c>mlContext.Transforms</c>.</summary>
public static class FindNearestCatalog
{
    /// <summary>Finds the rows of an index whose vectors are nearest to each row's own. Exact; the index is part of the saved model.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: the values of the nearest rows, nearest first; beside it a column of the same name with <c>Score</c> behind it.</param>
    /// <param name="inputColumnName">Vector column to read, here and in the index.</param>
    /// <param name="index">The rows that are searched; read when <c>Fit</c> runs.</param>
    /// <param name="valueColumnName">Column of the index with what is found: text, or a key.</param>
    /// <param name="count">How many rows are found.</param>
    /// <param name="similarity">What is nearest.</param>
    /// <example>
    /// <code>
    /// var answers = ml.Transforms.Text.EncodeText("Vector", "Answer", encoder, normalize: true).Fit(texts).Transform(texts);
    /// var search = ml.Transforms.Text.EncodeText("Vector", "Question", encoder, normalize: true)
    ///     .Append(ml.Transforms.FindNearest("Found", "Vector", answers, "Answer", count: 3));
    /// </code>
    /// </example>
    public static FindNearestEstimator FindNearest(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        IDataView index,
        string valueColumnName,
        int count = 5,
        VectorSimilarity similarity = VectorSimilarity.Cosine) => catalog.FindNearest(index, new FindNearestOptions
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            ValueColumnName = valueColumnName,
            Count = count,
            Similarity = similarity,
        });

    /// <summary>Finds the rows of an index whose vectors are nearest to each row's own, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="index">The rows that are searched; read when <c>Fit</c> runs.</param>
    /// <param name="options">Columns, how many, what is nearest.</param>
    public static FindNearestEstimator FindNearest(this TransformsCatalog catalog, IDataView index, FindNearestOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), index, options);
}
