using MLNet.Pretrain.Comparison;

namespace Microsoft.ML;

/// <summary>Adds <c>Compare</c> to <c>mlContext.MulticlassClassification</c> and <c>mlContext.BinaryClassification</c>.</summary>
public static class CompareCatalog
{
    /// <summary>
    /// Fits each candidate on the same rows and measures it on the same test rows: accuracy, macro-F1 and log-loss with bootstrap intervals,
    /// McNemar's test against the baseline, time, latency, size and memory, a learning curve over label budgets, and the most confident mistakes with their text.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="train">Training rows with the label column.</param>
    /// <param name="test">Test rows with the label column; none of them may stand in <paramref name="train"/>.</param>
    /// <param name="candidates">Two pipelines or more, the baseline first.</param>
    /// <param name="options">Columns, budgets, intervals; null for the defaults.</param>
    /// <returns>The report. It owns the models: dispose it.</returns>
    /// <exception cref="ArgumentException">A column is missing or of a type no class can have, or a candidate does not fit the data.</exception>
    /// <exception cref="InvalidOperationException">There are no rows or one class only, or a candidate failed while it was fitted or scored.</exception>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    /// <example>
    /// <code>
    /// using ComparisonReport report = ml.MulticlassClassification.Compare(train, test, new() { ["BoW + LR"] = bow, ["BERT"] = tuned },
    ///     new() { LabelColumnName = "Category", LabelBudgets = [50, 200, 1000] });
    /// Console.WriteLine(report);
    /// report.SaveHtml("report.html");
    /// </code>
    /// </example>
    public static ComparisonReport Compare(this MulticlassClassificationCatalog catalog, IDataView train, IDataView test, ComparisonCandidates candidates, ComparisonOptions? options = null) =>
        Run(train, test, candidates, options);

    /// <inheritdoc cref="Compare(MulticlassClassificationCatalog, IDataView, IDataView, ComparisonCandidates, ComparisonOptions?)"/>
    public static ComparisonReport Compare(this BinaryClassificationCatalog catalog, IDataView train, IDataView test, ComparisonCandidates candidates, ComparisonOptions? options = null) =>
        Run(train, test, candidates, options);

    private static ComparisonReport Run(IDataView train, IDataView test, ComparisonCandidates candidates, ComparisonOptions? options)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(candidates);
        return new ComparisonRunner(train, test, candidates, options ?? new()).Run();
    }
}
