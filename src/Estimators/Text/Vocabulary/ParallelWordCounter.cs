namespace MLNet.Pretrain.Text;

/// <summary>
/// Counts the words of texts. The calling thread reads blocks of text, others count a block each, and the counts are added up in the order
/// of the blocks, so the result, forgotten words included, does not depend on how many threads there are.
/// </summary>
/// <param name="makeDivider">One divider a thread.</param>
/// <param name="workers">Blocks counted at once.</param>
/// <param name="maxCountedWords">Above this many different words the rarer half is forgotten.</param>
/// <param name="blockCharacters">Size of a block.</param>
/// <param name="cancellation">Looked at before each block.</param>
internal sealed class ParallelWordCounter(Func<IWordDivider> makeDivider, int workers, int maxCountedWords, int blockCharacters, CancellationToken cancellation)
{
    private readonly WordCounts _total = new();
    private readonly Queue<Task<Worker>> _running = [];
    private readonly Stack<Worker> _free = [];

    /// <summary>Texts read.</summary>
    public long Texts { get; private set; }

    /// <summary>Reads the texts once.</summary>
    public WordCounts Count(IEnumerable<ReadOnlyMemory<char>> texts)
    {
        try
        {
            Worker filling = NextFree();
            foreach (ReadOnlyMemory<char> text in texts)
            {
                Texts++;
                for (ReadOnlySpan<char> rest = text.Span; !rest.IsEmpty;)
                {
                    if (filling.Block.IsFullFor(rest))
                    {
                        Start(filling);
                        filling = NextFree();
                    }
                    int length = rest.Length <= blockCharacters ? rest.Length : Cut(rest);
                    filling.Block.Add(rest[..length], endsRow: length == rest.Length);
                    rest = rest[length..];
                }
            }
            Start(filling);
            while (_running.Count > 0) AddOldest();
            return _total;
        }
        finally
        {
            foreach (Task<Worker> task in _running) Task.WaitAny(task);   // after a failure: none outlives this call
        }
    }

    private Worker NextFree()
    {
        cancellation.ThrowIfCancellationRequested();
        if (_running.Count == workers) AddOldest();
        return _free.TryPop(out Worker? worker) ? worker : new Worker(makeDivider(), new CorpusBlock(blockCharacters));
    }

    private void Start(Worker worker) => _running.Enqueue(Task.Run(() =>
    {
        worker.Count();
        return worker;
    }));

    private void AddOldest()
    {
        Worker worker = _running.Dequeue().GetAwaiter().GetResult();
        _total.Add(worker.Counts);
        if (_total.Count > maxCountedWords) _total.Keep(maxCountedWords / 2);
        worker.Clear();
        _free.Push(worker);
    }

    // Before white space that follows something else: no word of BERT's or GPT-2's reaches across. A text that has no such place stays whole.
    private int Cut(ReadOnlySpan<char> text)
    {
        for (int i = blockCharacters; i > 0; i--)
            if (EndsWord(text, i)) return i;
        for (int i = blockCharacters + 1; i < text.Length; i++)
            if (EndsWord(text, i)) return i;
        return text.Length;
    }

    private static bool EndsWord(ReadOnlySpan<char> text, int i) => text[i] is ' ' or '\n' && !char.IsWhiteSpace(text[i - 1]);

    private sealed class Worker(IWordDivider divider, CorpusBlock block)
    {
        public CorpusBlock Block => block;

        public WordCounts Counts { get; } = new();

        public void Count()
        {
            for (int i = 0; i < block.SegmentCount; i++) divider.Count(block.Segment(i, out _), Counts);
        }

        public void Clear()
        {
            block.Clear();
            Counts.Clear();
        }
    }
}
