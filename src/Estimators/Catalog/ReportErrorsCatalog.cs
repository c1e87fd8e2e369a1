using MLNet.Pretrain.Comparison;

namespace Microsoft.ML;

/// <summary>Adds <c>ReportErrors</c> to <c>mlContext.MulticlassClassification</c> and <c>mlContext.BinaryClassification</c>.</summary>
public static class ReportErrorsCatalog
{
    /// <summary>
    /// Shows where a fitted model is wrong: its confusion matrix, its most confident mistakes with their text and, where the model is a FineTuneText, a TextCnn or a TextLstm, what
    /// each word added to them. Any classifier does.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">A fitted pipeline. It stays the caller's.</param>
    /// <param name="test">Test rows with the label column, which the model has not seen.</param>
    /// <param name="options">Columns, rows shown; null for the defaults.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ArgumentException">A column is missing or of a type no class can have, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException">There are no labelled rows, or the model drops or repeats rows.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <example>
    /// <code>
    /// ErrorReport report = ml.MulticlassClassification.ReportErrors(model, test, new() { LabelColumnName = "Category" });
    /// report.SaveHtml("errors.html");
    /// </code>
    /// </example>
    public static ErrorReport ReportErrors(this MulticlassClassificationCatalog catalog, ITransformer model, IDataView test, ErrorReportOptions? options = null) => Run(model, test, options);

    /// <inheritdoc cref="ReportErrors(MulticlassClassificationCatalog, ITransformer, IDataView, ErrorReportOptions?)"/>
    public static ErrorReport ReportErrors(this BinaryClassificationCatalog catalog, ITransformer model, IDataView test, ErrorReportOptions? options = null) => Run(model, test, options);

    private static ErrorReport Run(ITransformer model, IDataView test, ErrorReportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(test);
        return ErrorReport.Of(model, test, options ?? new());
    }
}
