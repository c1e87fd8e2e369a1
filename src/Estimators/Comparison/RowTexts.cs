using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Comparison;

/// <summary>Reads the texts of a few rows.</summary>
internal static class RowTexts
{
    /// <summary>The text columns of data, but one.</summary>
    public static IReadOnlyList<string> Columns(DataViewSchema schema, string except) => [.. schema.Where(c => !c.IsHidden && c.Type is TextDataViewType && c.Name != except).Select(c => c.Name)];

    /// <summary>One text a column of each row; a missing one is empty.</summary>
    /// <param name="view">The rows, in the order of <paramref name="rows"/>.</param>
    /// <param name="columns">Text columns.</param>
    /// <param name="rows">How the rows are named in the result.</param>
    public static Dictionary<long, string[]> Read(IDataView view, IReadOnlyList<string> columns, IReadOnlyList<long> rows)
    {
        var texts = new Dictionary<long, string[]>();
        DataViewSchema.Column[] found = [.. columns.Select(name => view.Schema[name])];
        using DataViewRowCursor cursor = view.GetRowCursor(found);
        ValueGetter<ReadOnlyMemory<char>>[] getters = [.. found.Select(cursor.GetGetter<ReadOnlyMemory<char>>)];
        foreach (long row in rows)
        {
            if (!cursor.MoveNext()) throw new InvalidOperationException($"The test data ended before row {row}; it had more when it was read first. Cache it or save it so that it stays as it is.");
            texts[row] = [.. getters.Select(Text)];
        }
        return texts;

        static string Text(ValueGetter<ReadOnlyMemory<char>> getter)
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            return value.ToString();
        }
    }
}
