using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>Fills rows of words from a column.</summary>
internal static class WordRowReader
{
    /// <summary>What copies the words of the cursor's present row.</summary>
    public static Action<WordRow> Open(DataViewRow row, WordInput input)
    {
        DataViewSchema.Column column = row.Schema[input.Column.Index];
        if (input.IsTokens)
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTokens = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> tokens = default;
            return target =>
            {
                getTokens(ref tokens);
                target.SetTokens(tokens);
            };
        }
        ValueGetter<ReadOnlyMemory<char>> getText = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return target =>
        {
            getText(ref text);
            target.SetText(text.Span);
        };
    }
}
