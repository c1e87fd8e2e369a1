using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>Puts texts and attributions to the rows of a model that a report shows. What is kept is what is shown.</summary>
/// <param name="test">The test rows.</param>
/// <param name="classes">Their classes.</param>
/// <param name="labelColumn">The column that is no text of theirs.</param>
/// <param name="options">What is shown.</param>
/// <param name="cancellation">Ends the work between two rows.</param>
internal sealed class ErrorAnalysis(IDataView test, IReadOnlyList<string> classes, string labelColumn, ErrorOptions options, CancellationToken cancellation)
{
    /// <param name="model">What was asked.</param>
    /// <param name="predictions">Its answers.</param>
    /// <param name="differences">Rows that are shown because a teacher says otherwise.</param>
    /// <returns>The rows of the model's own, and those of the teacher's.</returns>
    public (ModelErrors Own, IReadOnlyList<RowPrediction> Differences) Of(ITransformer model, Predictions predictions, IReadOnlyList<PredictedRow> differences)
    {
        PredictedRow[] shown = [.. predictions.Mistakes.Concat(predictions.ChosenRows).Concat(differences).DistinctBy(r => r.Row).OrderBy(r => r.Row)];
        if (shown.Length == 0) return (new() { Mistakes = [], ChosenRows = [], AttributionError = null }, []);
        ExplainablePart? explainable = ExplainablePart.Find(model);
        Dictionary<long, RowText[]> texts = Texts(explainable, [.. shown.Select(r => r.Row)], out Dictionary<long, string[]> explained);
        (Dictionary<long, TextAttribution> attributions, string? error) = explainable is null || options.AttributionSteps == 0 ? ([], null) : Attributions(explainable.Classifier, shown, explained);
        return (new() { Mistakes = [.. predictions.Mistakes.Select(Show)], ChosenRows = [.. predictions.ChosenRows.Select(Show)], AttributionError = error }, [.. differences.Select(Show)]);

        RowPrediction Show(PredictedRow row) => new()
        {
            Row = row.Row,
            Truth = row.Truth < 0 ? null : classes[row.Truth],
            Predicted = row.Predicted,
            Probability = row.Probability,
            Teacher = row.Teacher,
            Texts = texts[row.Row],
            Attribution = attributions.GetValueOrDefault(row.Row),
        };
    }

    // What the network reads comes first; the columns that were asked for come as they stand in the test data.
    private Dictionary<long, RowText[]> Texts(ExplainablePart? explainable, long[] rows, out Dictionary<long, string[]> explained)
    {
        var view = new SubsetView(test, rows);
        IReadOnlyList<string> first = explainable?.Columns ?? [];
        explained = explainable is null ? [] : RowTexts.Read(explainable.Input(view), first, rows);
        string[] others = [.. (options.TextColumnNames.Count > 0 || explainable is not null ? options.TextColumnNames : RowTexts.Columns(test.Schema, labelColumn)).Except(first)];
        Dictionary<long, string[]> read = others.Length == 0 ? [] : RowTexts.Read(view, others, rows);
        string[] columns = [.. first, .. others];
        Dictionary<long, string[]> texts = explained;
        return rows.ToDictionary(row => row, row => columns
            .Zip(texts.GetValueOrDefault(row, []).Concat(read.GetValueOrDefault(row, [])), (column, text) => RowText.Of(column, text, options.TextLength)).ToArray());
    }

    private (Dictionary<long, TextAttribution>, string? Error) Attributions(TextClassificationTransformer classifier, PredictedRow[] rows, Dictionary<long, string[]> texts)
    {
        var attributions = new Dictionary<long, TextAttribution>();
        try
        {
            using TextAttributor attributor = classifier.OpenAttributor(new() { Steps = options.AttributionSteps });
            foreach (PredictedRow row in rows)
            {
                cancellation.ThrowIfCancellationRequested();
                // Later transforms may have given the classes other names.
                string? name = row.Predicted is { } predicted && classifier.Labels.Contains(predicted) ? predicted : null;
                attributions[row.Row] = attributor.Explain(texts[row.Row][0], texts[row.Row].ElementAtOrDefault(1), name);
            }
            return (attributions, null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Memory that did not suffice for gradients must not cost what was measured; the report says so.
            return (attributions, e.Message.Split('\n')[0].TrimEnd());
        }
    }
}
