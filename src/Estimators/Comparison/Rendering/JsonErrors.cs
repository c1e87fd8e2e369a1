using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Shown rows and confusion as JSON.</summary>
internal static class JsonErrors
{
    public static JsonSerializerOptions Options { get; } = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static object Confusion(ConfusionCounts confusion)
    {
        IEnumerable<int> classes = Enumerable.Range(0, confusion.ClassCount);
        return classes.Select(truth => classes.Select(predicted => confusion[truth, predicted]));
    }

    public static object Of(ModelErrors errors) => new { Mistakes = errors.Mistakes.Select(Row), ChosenRows = errors.ChosenRows.Select(Row), errors.AttributionError };

    public static object Of(TeacherDifference t) => new
    {
        AccuracyKept = double.IsFinite(t.AccuracyKept) ? t.AccuracyKept : (double?)null,
        AccuracyKeptInterval = double.IsFinite(t.AccuracyKeptInterval.Low) ? new[] { t.AccuracyKeptInterval.Low, t.AccuracyKeptInterval.High } : null,
        t.Agreement,
        AgreementInterval = new[] { t.AgreementInterval.Low, t.AgreementInterval.High },
        t.OnlyTeacherRight,
        t.OnlyThisRight,
        t.WrongAlike,
        t.WrongApart,
        t.Disagreements,
        Rows = t.Rows.Select(Row),
    };

    private static object Row(RowPrediction row) => new
    {
        row.Row,
        row.Truth,
        row.Predicted,
        row.Probability,
        row.Teacher,
        row.Texts,
        Attribution = row.Attribution is { } a ? new { a.Class, a.Output, a.BaselineOutput, a.Truncated, a.Tokens } : null,
    };
}
