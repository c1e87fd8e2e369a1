using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Reads the words of a column, a text or a vector of ready-made tokens, once. Rows are read on the calling thread and divided into words
/// on another, in their order; what is held in memory does not depend on the number or length of the rows.
/// </summary>
internal sealed class CorpusReader(WordSplitter splitter, Action checkCancellation)
{
    private const int BlocksInFlight = 4;

    // Every row is a new string of its source's, which no buffer of ours can spare. The runtime sizes its youngest generation by the processor's
    // cache: on servers it lets 200 MB of them pile up, of the 100 MB that a corpus may take.
    private const int BlocksPerCollection = 8;

    /// <summary>Takes the words of a row, or of a part of a long row.</summary>
    /// <param name="words">Reused: copy what is kept.</param>
    /// <param name="endsRow">Whether the row ends here.</param>
    public delegate void Consumer(WordList words, bool endsRow);

    /// <summary>Hands every row of the column to <paramref name="consume"/>.</summary>
    public void Read(IDataView data, DataViewSchema.Column column, Consumer consume)
    {
        bool tokens = column.Type is VectorDataViewType;
        using var filled = new BlockingCollection<CorpusBlock>(BlocksInFlight);
        using var free = new BlockingCollection<CorpusBlock>();
        for (int i = 0; i < BlocksInFlight; i++) free.Add(new CorpusBlock());
        using var stop = new CancellationTokenSource();
        Task counting = Task.Factory.StartNew(() => Consume(filled, free, tokens, consume, stop), TaskCreationOptions.LongRunning);
        try
        {
            var rows = new Rows(free, filled, stop.Token, checkCancellation);
            if (tokens) rows.ReadTokens(data, column);
            else rows.ReadTexts(data, column);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The counting failed first; its exception follows.
        }
        finally
        {
            filled.CompleteAdding();
            Task.WaitAny(counting);
        }
        counting.GetAwaiter().GetResult();
    }

    private void Consume(BlockingCollection<CorpusBlock> filled, BlockingCollection<CorpusBlock> free, bool tokens, Consumer consume, CancellationTokenSource stop)
    {
        try
        {
            var words = new WordList();
            foreach (CorpusBlock block in filled.GetConsumingEnumerable())
            {
                for (int i = 0; i < block.SegmentCount; i++)
                {
                    ReadOnlySpan<char> segment = block.Segment(i, out bool endsRow);
                    if (!tokens)
                    {
                        splitter.Split(segment, words);
                    }
                    else
                    {
                        splitter.AddToken(segment, words);
                        if (!endsRow) continue;
                        splitter.Join(words);
                    }
                    consume(words, endsRow);
                    words.Clear();
                }
                block.Clear();
                free.Add(block);
            }
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }

    private sealed class Rows(BlockingCollection<CorpusBlock> free, BlockingCollection<CorpusBlock> filled, CancellationToken stop, Action checkCancellation)
    {
        private CorpusBlock _block = free.Take(stop);
        private int _blocksRead;

        public void ReadTexts(IDataView data, DataViewSchema.Column column)
        {
            using DataViewRowCursor cursor = data.GetRowCursor([column]);
            ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            while (cursor.MoveNext())
            {
                get(ref text);
                ReadOnlySpan<char> rest = text.Span;
                while (rest.Length > CorpusBlock.Capacity)
                {
                    int cut = Cut(rest);
                    Add(rest[..cut], endsRow: false);
                    rest = rest[cut..];
                }
                Add(rest, endsRow: true);
            }
            HandOver();
        }

        public void ReadTokens(IDataView data, DataViewSchema.Column column)
        {
            using DataViewRowCursor cursor = data.GetRowCursor([column]);
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> get = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> row = default;
            while (cursor.MoveNext())
            {
                get(ref row);
                foreach (ReadOnlyMemory<char> token in row.GetValues()) Add(token.Span, endsRow: false);
                Add([], endsRow: true);
            }
            HandOver();
        }

        private void Add(ReadOnlySpan<char> text, bool endsRow)
        {
            if (_block.IsFullFor(text))
            {
                HandOver();
                if (++_blocksRead % BlocksPerCollection == 0) GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                _block = free.Take(stop);
            }
            _block.Add(text, endsRow);
        }

        private void HandOver()
        {
            checkCancellation();
            filled.Add(_block, stop);
        }

        // Behind the last white space, so that no word is cut; text without any (Chinese, base64) is cut between characters.
        private static int Cut(ReadOnlySpan<char> text)
        {
            for (int i = CorpusBlock.Capacity; i > CorpusBlock.Capacity / 2; i--)
                if (char.IsWhiteSpace(text[i - 1])) return i;
            return char.IsHighSurrogate(text[CorpusBlock.Capacity - 1]) ? CorpusBlock.Capacity - 1 : CorpusBlock.Capacity;
        }
    }
}
