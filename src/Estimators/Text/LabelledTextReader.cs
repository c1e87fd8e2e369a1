using Microsoft.ML;
using Microsoft.ML.Data;
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

    /// <summary>The columns of texts.</summary>
    public IReadOnlyList<string> TextColumns => options.TextColumns;

    /// <summary>The column of labels.</summary>
    public string LabelColumn => options.LabelColumnName;

    /// <summary>Rows left out because their label is missing.</summary>
    public long RowsWithoutLabel { get; private set; }

    /// <summary>Rows that were cut to the limit.</summary>
    public long RowsTruncated { get; private set; }

    public TokenStore Read(IDataView data)
    {
        using TokenStoreWriter writer = Open();
        Append(writer, data, label);
        return writer.Complete();
    }

    public TokenStoreWriter Open() => new(new TokenStoreFormat(tokenizer.VocabSize, tokenizer.PadTokenId, tokenizer.HasTokenTypes, label.Kind, classes));

    /// <summary>Adds the rows of a view to a store.</summary>
    /// <param name="writer">Of <see cref="Open"/>.</param>
    /// <param name="data">The rows.</param>
    /// <param name="labels">Reads their labels; null = they have none, and no weights.</param>
    /// <param name="companion">Reads along; null = nobody does.</param>
    public void Append(TokenStoreWriter writer, IDataView data, ILabelReader? labels, IRowCompanion? companion = null)
    {
        IEnumerable<string?> wanted = labels is null ? TextColumns : TextColumns.Concat<string?>([options.LabelColumnName, options.ExampleWeightColumnName]);
        using DataViewRowCursor cursor = data.GetRowCursor(wanted.OfType<string>().Distinct().Select(name => data.Schema[name]));
        List<int> set = [];
        Func<double> getLabel = labels?.Open(cursor, data.Schema[options.LabelColumnName], set) ?? (() => double.NaN);
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        ValueGetter<ReadOnlyMemory<char>> getText = Text(options.TextColumnName);
        ValueGetter<ReadOnlyMemory<char>>? getPair = options.SecondTextColumnName is { } pair ? Text(pair) : null;
        ValueGetter<float>? getWeight = labels is not null && options.ExampleWeightColumnName is { } weight ? cursor.GetGetter<float>(data.Schema[weight]) : null;

        var block = new Row[BlockRows];
        for (int i = 0; i < BlockRows; i++) block[i] = new Row();
        int count = 0;
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            if (companion is not null)
            {
                getId(ref id);
                companion.MoveTo(id);
            }
            double value = getLabel();
            if (double.IsNaN(value))
            {
                RowsWithoutLabel++;
                if (companion is null) continue;
                value = companion.Unlabelled;
            }
            companion?.Keep();
            Row row = block[count];
            (row.Label, row.Classes) = (value, [.. set]);
            getText(ref text);
            row.Text = text.ToString();   // the source may reuse its memory
            if (getPair is not null)
            {
                getPair(ref text);
                row.Pair = text.ToString();
            }
            row.Weight = 1;
            getWeight?.Invoke(ref row.Weight);
            if (!(row.Weight >= 0 && float.IsFinite(row.Weight)))
                throw new InvalidOperationException($"{owner}: a row of column '{options.ExampleWeightColumnName}' has weight {row.Weight}; expected 0 or more.");
            if (++count < BlockRows) continue;
            Write(block, count, writer);
            count = 0;
        }
        Write(block, count, writer);
        companion?.MoveTo(null);

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
