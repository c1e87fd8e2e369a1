using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>The text column, or the two of a pair, of one schema.</summary>
internal sealed class TextInput
{
    private readonly DataViewSchema.Column _text;
    private readonly DataViewSchema.Column? _pair;

    private TextInput(DataViewSchema.Column text, DataViewSchema.Column? pair)
    {
        (_text, _pair) = (text, pair);
        Columns = pair is null ? [text.Index] : [text.Index, pair.Value.Index];
    }

    public IReadOnlyList<int> Columns { get; }

    /// <summary>Finds and checks the columns.</summary>
    /// <exception cref="ArgumentException">One is missing or is not text.</exception>
    public static TextInput Bind(string owner, DataViewSchema schema, string textColumn, string? pairColumn) =>
        new(Find(owner, schema, textColumn), pairColumn is null ? null : Find(owner, schema, pairColumn));

    public Reader Open(DataViewRow row, TextWindow window) => new(this, row, window);

    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    internal static DataViewSchema.Column Find(string owner, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException(ColumnMessages.Missing(owner, name, schema.Select(c => c.Name)), nameof(schema));
        return column.Type is TextDataViewType ? column : throw new ArgumentException(ColumnMessages.NotText(owner, name, column.Type.ToString()!), nameof(schema));
    }

    /// <summary>Feeds a cursor's texts to a window.</summary>
    internal sealed class Reader
    {
        private readonly ValueGetter<ReadOnlyMemory<char>> _getText;
        private readonly ValueGetter<ReadOnlyMemory<char>>? _getPair;
        private readonly TextWindow _window;
        private ReadOnlyMemory<char> _text, _pair;

        public Reader(TextInput input, DataViewRow row, TextWindow window)
        {
            _window = window;
            _getText = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[input._text.Index]);
            if (input._pair is { } pair) _getPair = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[pair.Index]);
        }

        public void Read(int slot)
        {
            _getText(ref _text);
            if (_getPair is null)
            {
                _window.Read(slot, _text.Span);
                return;
            }
            _getPair(ref _pair);
            _window.Read(slot, _text.Span, _pair.Span);
        }
    }
}
