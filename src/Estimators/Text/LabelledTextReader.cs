using Microsoft.ML;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Reads labelled texts once and stores their tokens on disk, tokenizing a block of rows on all cores at a time: memory does not grow with the data.
/// </summary>
/// <param name="owner">For messages.</param>
/// <param name="options">Columns and truncation.</param>
/// <param name="label">What the label column holds.</param>
/// <param name="tokenizer">Makes ids.</param>
/// <param name="maxLength">Ids a row may have.</param>
/// <param name="classes">Classes that labels may be; 1 for numbers.</param>
/// <param name="check">Throws where reading is to end.</param>
internal sealed class LabelledTextReader(string owner, TextTrainingOptions options, ILabelReader label, ISequenceEncoder tokenizer, int maxLength, int classes, Action check)
{
    private const int BlockRows = 2048;

    /// <summary>Rows left out because their label is missing.</summary>
    public long RowsWithoutLabel { get; private set; }

    /// <summary>Rows that were cut to the limit.</summary>
    public long RowsTruncated { get; private set; }

    public TokenStore Read(IDataView data)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(tokenizer.VocabSize, tokenizer.PadTokenId, tokenizer.HasTokenTypes, label.Kind, classes));
        string[] names = [.. new[] { options.TextColumnName, options.SecondTextColumnName, options.LabelColumnName, options.ExampleWeightColumnName }.OfType<string>().Distinct()];
        using DataViewRowCursor cursor = data.GetRowCursor(names.Select(name => data.Schema[name]));
        List<int> set = [];
        Func<double> getLabel = label.Open(cursor, data.Schema[options.LabelColumnName], set);
        ValueGetter<ReadOnlyMemory<char>> getText = Text(options.TextColumnName);
        ValueGetter<ReadOnlyMemory<char>>? getPair = options.SecondTextColumnName is { } pair ? Text(pair) : null;
        ValueGetter<float>? getWeight = options.ExampleWeightColumnName is { } weight ? cursor.GetGetter<float>(data.Schema[weight]) : null;

        var block = new Row[BlockRows];
        for (int i = 0; i < BlockRows; i++) block[i] = new Row();
        int count = 0;
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            double value = getLabel();
            if (double.IsNaN(value))
            {
                RowsWithoutLabel++;
                continue;
            }
            Row row = block[count];
            (row.Label, row.Classes) = (value, [.. set]);
            getText(ref text);
            row.Text = text.ToString();   // the source may reuse its memory
            if (getPair is not null)
            {
                getPair(ref text);
                row.Pair = text.ToString();
            }
            getWeight?.Invoke(ref row.Weight);
            if (!(row.Weight >= 0 && float.IsFinite(row.Weight)))
                throw new InvalidOperationException($"{owner}: a row of column '{options.ExampleWeightColumnName}' has weight {row.Weight}; expected 0 or more.");
            if (++count < BlockRows) continue;
            Write(block, count, writer);
            count = 0;
        }
        Write(block, count, writer);
        return writer.Complete();

        ValueGetter<ReadOnlyMemory<char>> Text(string name) => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema[name]);
    }

    private void Write(Row[] block, int count, TokenStoreWriter writer)
    {
        check();
        Parallel.For(0, count, i => block[i].Encode(tokenizer, maxLength, options.Truncation));
        for (int i = 0; i < count; i++)
        {
            EncodedText encoded = block[i].Encoded;
            if (encoded.Truncated) RowsTruncated++;
            int second = encoded.TypeIds.IndexOf((byte)1);
            int first = second < 0 ? encoded.Length : second;
            if (label.Kind == LabelKind.Set) writer.Append(encoded.Ids, first, block[i].Classes, block[i].Weight);
            else if (label.Kind == LabelKind.Class) writer.Append(encoded.Ids, first, (int)block[i].Label, block[i].Weight);
            else writer.Append(encoded.Ids, first, (float)block[i].Label, block[i].Weight);
        }
    }

    private sealed class Row
    {
        public string Text = "";
        public string? Pair;
        public double Label;
        public int[] Classes = [];
        public float Weight = 1;

        public EncodedText Encoded { get; } = new();

        public void Encode(ISequenceEncoder tokenizer, int maxLength, TruncationStrategy truncation)
        {
            if (Pair is null) tokenizer.Encode(Text, maxLength, truncation, Encoded);
            else tokenizer.EncodePair(Text, Pair, maxLength, truncation, Encoded);
        }
    }
}
