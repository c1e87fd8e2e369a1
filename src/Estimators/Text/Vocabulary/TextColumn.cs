using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>The texts of columns, row by row; of a vector of text each of its items.</summary>
internal static class TextColumn
{
    private const int RowsBetweenChecks = 1024;

    /// <param name="data">Read once for each enumeration.</param>
    /// <param name="columns">Columns of text or of vectors of text.</param>
    /// <param name="check">Called now and then; throws to end reading.</param>
    /// <returns>Each text is valid until the next is asked for.</returns>
    public static IEnumerable<ReadOnlyMemory<char>> Read(IDataView data, IReadOnlyList<DataViewSchema.Column> columns, Action? check = null)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        Func<IEnumerable<ReadOnlyMemory<char>>>[] readers = [.. columns.Select(column => column.Type is VectorDataViewType ? Items(cursor, column) : Single(cursor, column))];
        for (long row = 0; cursor.MoveNext(); row++)
        {
            if (row % RowsBetweenChecks == 0) check?.Invoke();
            foreach (Func<IEnumerable<ReadOnlyMemory<char>>> read in readers)
                foreach (ReadOnlyMemory<char> text in read()) yield return text;
        }
    }

    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    public static IEnumerable<ReadOnlyMemory<char>> Read(string owner, IDataView data, string name, Action? check = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(name);
        TextInput input = TextInput.Bind(owner, data.Schema, name, null);
        return Read(data, [.. input.Columns.Select(index => data.Schema[index])], check);
    }

    private static Func<IEnumerable<ReadOnlyMemory<char>>> Single(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char>[] one = [default];
        return () =>
        {
            getter(ref one[0]);
            return one;
        };
    }

    private static Func<IEnumerable<ReadOnlyMemory<char>>> Items(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> items = default;
        return () =>
        {
            getter(ref items);
            return items.DenseValues();
        };
    }
}
