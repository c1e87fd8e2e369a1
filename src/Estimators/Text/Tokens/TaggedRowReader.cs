using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Reads words and tags once and stores them on disk, a window a stored row, dividing and tokenizing a block of rows on all cores at a time.</summary>
internal sealed class TaggedRowReader(string owner, FineTuneTokensOptions options, SequenceTokenizer tokenizer, int maxLength, TagNumbers numbers, Action check)
{
    private const int BlockRows = 1024;

    private readonly WordEncoder _encoder = new(tokenizer, maxLength);
    private readonly StoredTags _stored = new(tokenizer.VocabSize);
    private long _rows;

    /// <summary>Rows that were read.</summary>
    public long Rows => _rows;

    /// <summary>Rows left out because they have no tags.</summary>
    public long RowsWithoutTags { get; private set; }

    /// <summary>Rows over the limit.</summary>
    public long RowsDivided { get; private set; }

    /// <summary>Words of more pieces than a window holds.</summary>
    public long WordsCut { get; private set; }

    public TokenStore Read(IDataView data)
    {
        DataViewSchema.Column label = data.Schema[options.LabelColumnName];
        WordInput input = WordInput.Bind(owner, data.Schema, options.TextColumnName);
        IReadOnlyList<string>? keyValues = TagColumn.KeyValues(owner, label);
        if (keyValues is not null && !numbers.IsClosed) numbers.AddKeyValues(keyValues, options.Scheme);
        using var writer = new TokenStoreWriter(new TokenStoreFormat(int.MaxValue, tokenizer.PadTokenId, HasTokenTypes: false, LabelKind.Class));
        using DataViewRowCursor cursor = data.GetRowCursor([input.Column, label]);
        Action<WordRow> readWords = WordRowReader.Open(cursor, input);
        Action<List<string>> readTags = TagColumn.Open(cursor, label, keyValues);
        var block = new Row[BlockRows];
        for (int i = 0; i < BlockRows; i++) block[i] = new Row();
        int count = 0;
        while (cursor.MoveNext())
        {
            readWords(block[count].Words);
            readTags(block[count].Tags);
            if (++count < BlockRows) continue;
            Write(block, count, writer);
            count = 0;
        }
        Write(block, count, writer);
        return writer.Complete();
    }

    private void Write(Row[] block, int count, TokenStoreWriter writer)
    {
        check();
        Parallel.For(0, count, i => _encoder.Encode(block[i].Words, block[i].Encoded));
        for (int i = 0; i < count; i++)
        {
            Write(block[i], _rows, writer);
            _rows++;
        }
    }

    private void Write(Row row, long index, TokenStoreWriter writer)
    {
        if (row.Tags.Count == 0)
        {
            RowsWithoutTags++;
            return;
        }
        if (row.Tags.Count != row.Words.Count) throw Mismatch(row, index);
        int[] tags = Numbers(row.Tags, index);
        if (row.Encoded.Windows.Count > 1) RowsDivided++;
        WordsCut += row.Encoded.WordsCut;
        Span<int> ids = CollectionsMarshal.AsSpan(row.Encoded.Ids);
        for (int word = 0; word < tags.Length; word++)
        {
            ref int id = ref ids[row.Encoded.FirstPieces[word]];
            id = _stored.Store(id, tags[word]);
        }
        foreach (WordWindow window in row.Encoded.Windows) writer.Append(row.Encoded.IdsOf(window), window.IdCount, 0);
    }

    private int[] Numbers(IReadOnlyList<string> tags, long row)
    {
        for (int i = 0; i < tags.Count; i++)
            if (tags[i].Length == 0) throw new InvalidOperationException($"{owner}: row {row}, word {i} of label column '{options.LabelColumnName}' has no tag; expected one a word.");
        try
        {
            if (options.Scheme is { } scheme) tags = TagSequence.Convert(tags, scheme, options.TrainAs ?? scheme, options.Reading, row);
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"{owner}, label column '{options.LabelColumnName}': {e.Message}", e);
        }
        var result = new int[tags.Count];
        for (int i = 0; i < result.Length; i++)
            result[i] = numbers.Of(tags[i]) ?? throw new InvalidOperationException($"{owner}: row {row}, word {i} of label column '{options.LabelColumnName}' in the validation data has the tag '{tags[i]}', which the training data do not have; expected one of '{string.Join("', '", numbers.Tags)}'.");
        if (numbers.Tags.Count > _stored.MaxTags)
            throw new InvalidOperationException($"{owner}: label column '{options.LabelColumnName}' has more than {_stored.MaxTags} different tags up to row {row}; expected a few. Check that it holds tags.");
        return result;
    }

    private InvalidOperationException Mismatch(Row row, long index)
    {
        string words = row.Words.Count == 0 ? "" : $" (the first is '{row.Words[0]}', the last '{row.Words[row.Words.Count - 1]}')";
        string advice = row.Words.IsTokens ? "" : " Give a vector of ready-made words where the labels follow other rules than white space, punctuation marks and Chinese characters.";
        return new InvalidOperationException($"{owner}: row {index} has {row.Words.Count} words in '{options.TextColumnName}'{words} and {row.Tags.Count} tags in '{options.LabelColumnName}'; expected one tag a word.{advice}");
    }

    private sealed class Row
    {
        public WordRow Words { get; } = new();

        public List<string> Tags { get; } = [];

        public EncodedWords Encoded { get; } = new();
    }
}
