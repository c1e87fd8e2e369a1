using System.Runtime.ExceptionServices;
using Microsoft.ML;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Reads a corpus once into a <see cref="SentenceStore"/>, a block of rows on all cores at a time. Memory grows by 8 bytes a document alone, for where it begins.</summary>
/// <param name="tokens">Texts to tokens.</param>
/// <param name="split">Whether texts are divided into sentences; else each is one.</param>
/// <param name="check">Called now and then; throws to end reading.</param>
internal sealed class SentenceReader(PretrainingTokens tokens, bool split, Action check)
{
    private const int BlockRows = 1024;

    private readonly List<long> _documentStarts = [];
    private string? _document;

    /// <summary>Rows read.</summary>
    public long Rows { get; private set; }

    public SentenceStore Read(IDataView data, string textColumn, string? documentColumn)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(tokens.StoredSize, tokens.Tokenizer.PadTokenId, false, LabelKind.Class));
        DataViewSchema.Column[] columns = [.. new[] { textColumn, documentColumn }.OfType<string>().Distinct().Select(name => data.Schema[name])];
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        var getText = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema[textColumn]);
        var getDocument = documentColumn is null ? null : cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema[documentColumn]);
        var block = new Row[BlockRows];
        for (int i = 0; i < BlockRows; i++) block[i] = new Row();
        int count = 0;
        ReadOnlyMemory<char> value = default;
        string? document = null;
        bool holdsText = false;
        while (cursor.MoveNext())
        {
            Row row = block[count++];
            getText(ref value);
            row.Text = value.ToString();   // the source may reuse its memory
            getDocument?.Invoke(ref value);
            row.Document = getDocument is null ? null : value.ToString();
            row.Continues = row.Document is not null && row.Document == document && holdsText;
            holdsText = !string.IsNullOrWhiteSpace(row.Text) || row.Continues;
            document = row.Document;
            Rows++;
            if (count < BlockRows) continue;
            Write(block, count, writer);
            count = 0;
        }
        Write(block, count, writer);
        return new SentenceStore(writer.Complete(), _documentStarts);
    }

    private void Write(Row[] block, int count, TokenStoreWriter writer)
    {
        check();
        try
        {
            Parallel.For(0, count, i => block[i].Encode(tokens, split));
        }
        catch (AggregateException e)
        {
            // A segmenter's own error, as the one who wrote it knows it.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        for (int i = 0; i < count; i++)
        {
            Row row = block[i];
            ReadOnlySpan<int> ids = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(row.Ids);
            bool begins = row.Document is null || row.Document != _document;
            int first = 0;
            foreach (int end in row.Ends)
            {
                if (begins) _documentStarts.Add(writer.Count);
                begins = false;
                writer.Append(ids[first..end], end - first, 0);
                first = end;
            }
            // A row without a token begins no document; the next one does.
            if (!begins) _document = row.Document;
        }
    }

    private sealed class Row
    {
        private readonly EncodedText _buffer = new();

        public string Text = "";
        public string? Document;

        /// <summary>Whether the document has text in the rows before.</summary>
        public bool Continues;

        public List<int> Ids { get; } = [];

        /// <summary>Where each sentence ends in <see cref="Ids"/>.</summary>
        public List<int> Ends { get; } = [];

        public void Encode(PretrainingTokens tokens, bool split)
        {
            Ids.Clear();
            Ends.Clear();
            if (!split) Add(Text, Continues);
            else foreach (Range sentence in SentenceSplitter.Split(Text)) Add(Text[sentence], Ids.Count == 0 ? Continues : char.IsWhiteSpace(Text[sentence.Start.Value - 1]));

            void Add(string sentence, bool afterSpace)
            {
                int before = Ids.Count;
                tokens.Encode(sentence, _buffer, Ids, afterSpace);
                if (Ids.Count > before) Ends.Add(Ids.Count);
            }
        }
    }
}
