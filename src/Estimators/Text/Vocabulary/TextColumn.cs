using Microsoft.ML;

namespace MLNet.Pretrain.Text;

/// <summary>The texts of columns, row by row.</summary>
internal static class TextColumn
{
    private const int RowsBetweenChecks = 1024;

    /// <param name="data">Read once for each enumeration.</param>
    /// <param name="columns">Text columns.</param>
    /// <param name="check">Called now and then; throws to end reading.</param>
    /// <returns>Each text is valid until the next is asked for.</returns>
    public static IEnumerable<ReadOnlyMemory<char>> Read(IDataView data, IReadOnlyList<DataViewSchema.Column> columns, Action? check = null)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        ValueGetter<ReadOnlyMemory<char>>[] getters = [.. columns.Select(cursor.GetGetter<ReadOnlyMemory<char>>)];
        ReadOnlyMemory<char> text = default;
        for (long row = 0; cursor.MoveNext(); row++)
        {
            if (row % RowsBetweenChecks == 0) check?.Invoke();
            foreach (ValueGetter<ReadOnlyMemory<char>> getter in getters)
            {
                getter(ref text);
                yield return text;
            }
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
}
