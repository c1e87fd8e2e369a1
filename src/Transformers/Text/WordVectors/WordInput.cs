using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>The column whose words are read: a text, or a vector of ready-made tokens.</summary>
internal sealed class WordInput
{
    private WordInput(DataViewSchema.Column column) => Column = column;

    public DataViewSchema.Column Column { get; }

    /// <summary>Whether the column holds tokens.</summary>
    public bool IsTokens => Column.Type is VectorDataViewType;

    /// <exception cref="ArgumentException">The column is missing or of another type.</exception>
    public static WordInput Bind(string owner, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException(ColumnMessages.Missing(owner, name, schema.Select(c => c.Name)), nameof(schema));
        bool fits = column.Type is TextDataViewType or VectorDataViewType { ItemType: TextDataViewType };
        return fits ? new WordInput(column) : throw new ArgumentException(ColumnMessages.NotText(owner, name, column.Type.ToString()!), nameof(schema));
    }

    /// <summary>What fills a list with the words of the row's present value.</summary>
    public Action<WordList> Open(DataViewRow row, WordSplitter splitter)
    {
        if (!IsTokens)
        {
            ValueGetter<ReadOnlyMemory<char>> get = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[Column.Index]);
            ReadOnlyMemory<char> text = default;
            return words =>
            {
                get(ref text);
                splitter.Split(text.Span, words);
            };
        }
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTokens = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(row.Schema[Column.Index]);
        VBuffer<ReadOnlyMemory<char>> tokens = default;
        return words =>
        {
            getTokens(ref tokens);
            splitter.Take(tokens.GetValues(), words);
        };
    }
}
