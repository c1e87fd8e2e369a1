using Microsoft.ML;

namespace MLNet.Pretrain.Text;

/// <summary>The texts of a column.</summary>
internal static class TextColumn
{
    /// <summary>Reads it when enumerated. Each text is valid until the next.</summary>
    public static IEnumerable<ReadOnlyMemory<char>> Read(IDataView data, string name)
    {
        DataViewSchema.Column column = data.Schema[name];
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            getter(ref text);
            yield return text;
        }
    }
}
