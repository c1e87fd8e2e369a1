using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>
/// Chooses training rows for label budgets: at most n of each class, drawn by a seeded shuffle. Budgets are nested, so that a curve
/// over them shows more labels and not other labels. Rows without a class stand in no budget.
/// </summary>
internal sealed class LabelBudgets
{
    private readonly Dictionary<string, (int Order, long Row)[]> _rows;

    private LabelBudgets(Dictionary<string, (int, long)[]> rows, long rowCount) => (_rows, RowCount) = (rows, rowCount);

    public IEnumerable<string> Classes => _rows.Keys;

    /// <summary>Rows of all, those without a class included.</summary>
    public long RowCount { get; }

    public static LabelBudgets Of(IDataView data, string labelColumn, int seed)
    {
        var random = new Random(seed);
        var rows = new Dictionary<string, List<(int Order, long Row)>>(StringComparer.Ordinal);
        DataViewSchema.Column column = data.Schema[labelColumn];
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        Func<string?> label = ClassColumn.Reader(cursor, column);
        long row = 0;
        for (; cursor.MoveNext(); row++)
        {
            if (label() is not { } name) continue;
            if (!rows.TryGetValue(name, out List<(int, long)>? list)) rows.Add(name, list = []);
            list.Add((random.Next(), row));
        }
        return new(rows.ToDictionary(r => r.Key, r => r.Value.OrderBy(x => x.Order).ThenBy(x => x.Row).ToArray(), StringComparer.Ordinal), row);
    }

    /// <summary>Rows of the largest class: a budget beyond that is all of the data.</summary>
    public int LargestClass => _rows.Values.Max(r => r.Length);

    /// <summary>The rows of a budget, in the data's order.</summary>
    public SubsetView Take(IDataView data, int perClass) => new(data, [.. _rows.Values.SelectMany(rows => rows.Take(perClass)).Select(r => r.Row).Order()]);
}
