using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>A candidate's answers on the test rows: class index a row (-1 where it is none of the known ones), and mean log-loss.</summary>
internal sealed record Predictions(int[] Classes, double? LogLoss)
{
    private const string ScoreColumn = "Score";
    private const string ProbabilityColumn = "Probability";

    /// <summary>Reads one pass over the scored rows.</summary>
    public static Predictions Read(IDataView scored, string predictedColumn, TestRows test)
    {
        DataViewSchema.Column predicted = scored.Schema[predictedColumn];
        DataViewSchema.Column? probability = Probabilities(scored.Schema, predicted);
        using DataViewRowCursor cursor = scored.GetRowCursor(probability is { } p ? [predicted, p] : [predicted]);
        Func<string?> predictedName = ClassColumn.Reader(cursor, predicted);
        Func<int, double?>? rowLoss = probability is { } q ? LossReader(cursor, q, predicted, test) : null;

        var classes = new int[test.Truth.Length];
        double loss = 0;
        bool isProbability = rowLoss is not null;
        int kept = 0;
        long row = 0;
        for (; cursor.MoveNext(); row++)
        {
            if (!test.IsLabelled(row)) continue;
            classes[kept] = predictedName() is { } name ? test.IndexOf(name) : -1;
            if (isProbability)
            {
                if (rowLoss!(test.Truth[kept]) is { } value) loss += value;
                else isProbability = false;
            }
            kept++;
        }
        if (row != test.RowCount)
            throw new InvalidOperationException($"The candidate gave {row} scored rows for {test.RowCount} test rows; Compare needs each test row once. Leave out transforms that drop or repeat rows.");
        return new(classes, isProbability ? loss / kept : null);
    }

    private static DataViewSchema.Column? Probabilities(DataViewSchema schema, DataViewSchema.Column predicted)
    {
        if (predicted.Type is BooleanDataViewType) return schema.GetColumnOrNull(ProbabilityColumn) is { Type: NumberDataViewType { RawType: var raw } } p && raw == typeof(float) ? p : null;
        return schema.GetColumnOrNull(ScoreColumn) is { Type: VectorDataViewType { ItemType.RawType: var item } } s && item == typeof(float) ? s : null;
    }

    /// <summary>A function from the true class to the row's loss; it gives null where the scores are no probabilities.</summary>
    private static Func<int, double?>? LossReader(DataViewRow row, DataViewSchema.Column column, DataViewSchema.Column predicted, TestRows test)
    {
        if (predicted.Type is BooleanDataViewType)
        {
            ValueGetter<float> getter = row.GetGetter<float>(column);
            int trueIndex = test.IndexOf(bool.TrueString);
            float p = 0;
            return truth =>
            {
                getter(ref p);
                return p is >= 0 and <= 1 ? Metrics.LogLoss.OfRow([1.0 - p, p], truth == trueIndex ? 1 : 0) : null;
            };
        }
        if (ClassNames(column, predicted) is not { } names) return null;
        // From the test's class to the candidate's own order.
        int[] slots = [.. test.Classes.Select(name => names.IndexOf(name))];
        ValueGetter<VBuffer<float>> scores = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        double[] dense = new double[names.Count];
        return truth =>
        {
            scores(ref buffer);
            Array.Clear(dense);
            foreach (KeyValuePair<int, float> score in buffer.Items()) dense[score.Key] = score.Value;
            return dense.All(p => p is >= -1e-6 and <= 1 + 1e-6) && Math.Abs(dense.Sum() - 1) < 1e-3 ? Metrics.LogLoss.OfRow(dense, slots[truth]) : null;
        };
    }

    private static List<string>? ClassNames(DataViewSchema.Column score, DataViewSchema.Column predicted)
    {
        if (ScoreSlots.Names(score) is { } names) return [.. names];
        return predicted.Type is KeyDataViewType && LabelValues.Of(predicted).Names is var keys && keys.Count == ((VectorDataViewType)score.Type).Size ? [.. keys] : null;
    }
}
