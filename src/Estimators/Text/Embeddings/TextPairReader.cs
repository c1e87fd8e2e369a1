using Microsoft.ML;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Reads pairs of texts once and stores the tokens of each row's texts, one after the other and each with its own special tokens, on disk: a block of rows is tokenized on all cores at a time.</summary>
/// <remarks>A row's label is its similarity in [0, 1] for cosine regression; else where its second text ends.</remarks>
internal sealed class TextPairReader(string owner, IReadOnlyList<string> textColumns, FineTuneEmbeddingsOptions options, SequenceTokenizer tokenizer, int maxLength, Action check)
{
    private const int BlockRows = 2048;

    private long _row = -1;

    /// <summary>Rows left out because the first or the second text holds no token.</summary>
    public long RowsWithoutText { get; private set; }

    /// <summary>Rows left out because their label is missing.</summary>
    public long RowsWithoutLabel { get; private set; }

    /// <summary>Texts that were cut to the limit.</summary>
    public long TextsTruncated { get; private set; }

    public TokenStore Read(IDataView data)
    {
        bool regression = options.Loss == EmbeddingLoss.CosineRegression;
        using var writer = new TokenStoreWriter(new TokenStoreFormat(tokenizer.VocabSize, tokenizer.PadTokenId, HasTokenTypes: true, regression ? LabelKind.Value : LabelKind.Class));
        string[] names = [.. textColumns, .. regression ? [options.LabelColumnName] : Array.Empty<string>()];
        using DataViewRowCursor cursor = data.GetRowCursor(names.Distinct().Select(name => data.Schema[name]));
        ValueGetter<ReadOnlyMemory<char>>[] texts = [.. textColumns.Select(name => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema[name]))];
        Func<double>? label = regression ? NumberColumn.Reader(cursor, data.Schema[options.LabelColumnName]) : null;
        Row[] block = [.. Enumerable.Range(0, BlockRows).Select(_ => new Row(texts.Length))];
        int count = 0;
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            _row++;
            Row row = block[count];
            if (label is not null && !HasLabel(row.Label = label())) continue;
            for (int i = 0; i < texts.Length; i++)
            {
                texts[i](ref text);
                row.Texts[i] = text.ToString();   // the source may reuse its memory
            }
            if (++count < BlockRows) continue;
            Write(block, count, writer);
            count = 0;
        }
        Write(block, count, writer);
        return writer.Complete();
    }

    private bool HasLabel(double label)
    {
        if (double.IsNaN(label))
        {
            RowsWithoutLabel++;
            return false;
        }
        if (!(label >= 0 && label <= options.LabelMaximum))
            throw new InvalidOperationException(FormattableString.Invariant($"{owner}: row {_row} has {label} in column '{options.LabelColumnName}'; expected 0 to {options.LabelMaximum}, which is LabelMaximum. Set it to the largest label, or scale the column."));
        return true;
    }

    private void Write(Row[] block, int count, TokenStoreWriter writer)
    {
        check();
        Parallel.For(0, count, i => block[i].Encode(tokenizer, maxLength, options.Truncation));
        List<int> ids = [];
        foreach (Row row in block.AsSpan(0, count))
        {
            // A hard negative may be missing; batches know it by its length.
            if (row.Encoded[0].Length <= EmbeddingBatches.Specials || row.Encoded[1].Length <= EmbeddingBatches.Specials)
            {
                RowsWithoutText++;
                continue;
            }
            ids.Clear();
            foreach (EncodedText encoded in row.Encoded)
            {
                if (encoded.Truncated) TextsTruncated++;
                ids.AddRange(encoded.Ids);
            }
            int first = row.Encoded[0].Length;
            ReadOnlySpan<int> all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids);
            if (options.Loss == EmbeddingLoss.CosineRegression) writer.Append(all, first, (float)(row.Label / options.LabelMaximum));
            else writer.Append(all, first, first + row.Encoded[1].Length);
        }
    }

    private sealed class Row(int texts)
    {
        public double Label;

        public string[] Texts { get; } = new string[texts];

        public EncodedText[] Encoded { get; } = [.. Enumerable.Range(0, texts).Select(_ => new EncodedText())];

        public void Encode(SequenceTokenizer tokenizer, int maxLength, TruncationStrategy truncation)
        {
            for (int i = 0; i < Texts.Length; i++) tokenizer.Encode(Texts[i], maxLength, truncation, Encoded[i]);
        }
    }
}
