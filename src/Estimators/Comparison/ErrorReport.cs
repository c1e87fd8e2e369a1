using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Comparison.Rendering;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>
/// Where one fitted model is wrong: its confusion matrix, its most confident mistakes with their text and, for FineTuneText, TextCnn and TextLstm, what each word added to them.
/// Writes itself as text, Markdown, JSON and one self-contained HTML page. The model is the caller's.
/// </summary>
public sealed class ErrorReport
{
    private const string Owner = "ReportErrors";

    private ErrorReport(ErrorReportOptions options, IReadOnlyList<string> classes, ConfusionCounts confusion, double? logLoss, ModelErrors errors) =>
        (Options, Classes, Confusion, LogLoss, Errors) = (options, classes, confusion, logLoss, errors);

    /// <summary>What was asked for.</summary>
    public ErrorReportOptions Options { get; }

    /// <summary>The classes of the test rows and of the model, in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>True against predicted classes, in the order of <see cref="Classes"/>.</summary>
    public ConfusionCounts Confusion { get; }

    /// <summary>Mean log-loss in nats; null where the model gives no probabilities.</summary>
    public double? LogLoss { get; }

    /// <summary>The rows shown.</summary>
    public ModelErrors Errors { get; }

    /// <summary>The confusion matrix and the mistakes, for a console.</summary>
    public override string ToString() => ErrorPage.ToText(this);

    /// <summary>The same as Markdown.</summary>
    public string ToMarkdown() => ErrorPage.ToMarkdown(this);

    /// <summary>Every figure and every row shown, as JSON.</summary>
    public string ToJson() => ErrorPage.ToJson(this);

    /// <summary>A page of its own, for a phone as for a desk, by day and by night. It loads nothing from anywhere.</summary>
    public string ToHtml() => ErrorPage.ToHtml(this);

    /// <summary>Writes <see cref="ToMarkdown"/>.</summary>
    /// <param name="path">Replaced only once the new content is complete.</param>
    public void SaveMarkdown(string path) => AtomicFile.Write(path, ToMarkdown());

    /// <summary>Writes <see cref="ToJson"/>.</summary>
    /// <param name="path">Replaced only once the new content is complete.</param>
    public void SaveJson(string path) => AtomicFile.Write(path, ToJson());

    /// <summary>Writes <see cref="ToHtml"/>.</summary>
    /// <param name="path">Replaced only once the new content is complete.</param>
    public void SaveHtml(string path) => AtomicFile.Write(path, ToHtml());

    internal static ErrorReport Of(ITransformer model, IDataView test, ErrorReportOptions options)
    {
        options.Validate(Owner, test);
        IDataView scored = model.Transform(test);
        DataViewSchema.Column predicted = scored.Schema.GetColumnOrNull(options.PredictedLabelColumnName)
            ?? throw new ArgumentException($"{Owner}: the model gives no column '{options.PredictedLabelColumnName}'. Name its column in PredictedLabelColumnName.");
        IEnumerable<string> known = predicted.Type is BooleanDataViewType
            ? TestRows.BooleanNamesOf(test.Schema[options.LabelColumnName])
            : ClassColumn.Names(predicted).Concat(ClassProbabilities.Find(scored.Schema, predicted)?.Names ?? []);
        TestRows rows = TestRows.Of(test, options.LabelColumnName, known);
        options.Errors.CheckRows(Owner, rows.RowCount);
        if (rows.Truth.Length == 0) throw new InvalidOperationException($"{Owner}: the test data has no row with a value in column '{options.LabelColumnName}'; expected labelled rows.");
        Predictions predictions = Predictions.Read(scored, options.PredictedLabelColumnName, rows, options.Errors.Mistakes, options.Errors.Rows);
        var confusion = new ConfusionCounts(rows.Truth, predictions.Classes, rows.Classes.Count);
        ModelErrors errors = new ErrorAnalysis(test, rows.Classes, options.LabelColumnName, options.Errors, options.CancellationToken).Of(model, predictions, []).Own;
        return new(options, rows.Classes, confusion, predictions.LogLoss, errors);
    }
}
